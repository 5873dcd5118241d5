"""Hostile and heavy clients against a real server, beside people who only want to use it.

`python -m siege` (from `bench/`) starts `mosaic serve` on data of its own, lets all attacks run at once for a
minute and measures what eight well-behaved users and the owner of a flooded account notice. It needs Linux:
every client binds a loopback address of its own (127.x.y.z), because limits and fairness count by network,
and what the server holds is read from /proc.
"""
