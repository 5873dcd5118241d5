"""The store on PostgreSQL, for any number of servers. It needs the extra `mosaic-tracker[postgresql]`."""
