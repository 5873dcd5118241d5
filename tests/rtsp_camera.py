"""Cameras: RTSP servers with a moving test picture. Run by the system's Python, which has GStreamer.

    python3 rtsp_camera.py PORT [CERTIFICATE]

The paths of PORT are /h264, /h265 and /mjpeg (160 by 120 points, 15 pictures a second), /sound, which has a
track of sound before that of the picture, /large, and /locked, which wants USERNAME and PASSWORD by Digest.
PORT + 1 has the same and takes them by Basic alone. PORT + 2, if a file with a certificate and its key is
given, speaks TLS.
"""

import importlib
import sys
from typing import Any

USERNAME = 'cam "era" ü'
PASSWORD = "p@ss:w/ö?#%&+\"' \\"

PICTURE = (
    "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=160,height=120,framerate=15/1 ! "
)
H264 = PICTURE + "x264enc tune=zerolatency key-int-max=5 threads=1 ! rtph264pay name=pay%d"
PATHS = {
    "/h264": H264 % 0,
    "/other": H264 % 0,
    "/h265": PICTURE + "x265enc tune=zerolatency key-int-max=5 ! rtph265pay name=pay0",
    "/mjpeg": PICTURE + "jpegenc ! rtpjpegpay name=pay0",
    "/sound": "audiotestsrc is-live=true ! mulawenc ! rtppcmupay name=pay0 " + H264 % 1,
    "/silent": "videotestsrc is-live=true num-buffers=0 ! x264enc ! rtph264pay name=pay0",
    "/locked": H264 % 0,
    "/large": (H264 % 0).replace("ball", "smpte").replace("160,height=120", "640,height=480"),
}


def main() -> None:
    """Serve until the process is ended."""
    Gst.init(None)
    port, certificate = int(sys.argv[1]), sys.argv[2:]
    servers = [serve(port, Rtsp.RTSPAuthMethod.DIGEST), serve(port + 1, Rtsp.RTSPAuthMethod.BASIC)]
    if certificate:
        servers.append(serve(port + 2, Rtsp.RTSPAuthMethod.BASIC, certificate[0]))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def serve(port: int, method: Any, certificate: str = "") -> Any:  # noqa: ANN401  # GStreamer's
    server = Server.RTSPServer(address="127.0.0.1", service=str(port))
    for path, pipeline in PATHS.items():
        server.get_mount_points().add_factory(path, factory(path, pipeline))
    server.set_auth(authentication(method, certificate))
    server.attach(None)
    return server


def factory(path: str, pipeline: str) -> Any:  # noqa: ANN401  # the same
    made = Server.RTSPMediaFactory()
    made.set_launch(f"( {pipeline} )")
    made.set_shared(True)
    permissions = Server.RTSPPermissions()
    for role in ("user", "anyone"):
        permissions.add_role(role)
        permissions.add_permission_for_role(role, "media.factory.access", True)
        may_watch = role == "user" or path != "/locked"
        permissions.add_permission_for_role(role, "media.factory.construct", may_watch)
    made.set_permissions(permissions)
    return made


def authentication(method: Any, certificate: str) -> Any:  # noqa: ANN401  # the same
    auth = Server.RTSPAuth()
    auth.set_default_token(token("anyone"))
    auth.set_supported_methods(method)
    if method == Rtsp.RTSPAuthMethod.BASIC:
        auth.add_basic(Server.RTSPAuth.make_basic(USERNAME, PASSWORD), token("user"))
    else:
        auth.add_digest(USERNAME, PASSWORD, token("user"))
    if certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
    return auth


def token(role: str) -> Any:  # noqa: ANN401  # the same
    made = Server.RTSPToken()
    made.set_string("media.factory.role", role)
    return made


if __name__ == "__main__":
    gi: Any = importlib.import_module("gi")
    for name in ("Gst", "GstRtsp", "GstRtspServer"):
        gi.require_version(name, "1.0")
    Gio, GLib, Gst, Rtsp, Server = (
        importlib.import_module(f"gi.repository.{name}")
        for name in ("Gio", "GLib", "Gst", "GstRtsp", "GstRtspServer")
    )
    main()
