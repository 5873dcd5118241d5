"""Personal access tokens: what scripts, watches and automations sign in with."""
