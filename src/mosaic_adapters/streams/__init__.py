"""Cameras: RTSP, ffmpeg, and the hub that many viewers share."""
