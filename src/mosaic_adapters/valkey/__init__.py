"""What servers share in a Valkey or Redis."""
