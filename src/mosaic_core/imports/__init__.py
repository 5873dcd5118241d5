"""Files of other trackers: what they hold, who reads them, and how it is written."""
