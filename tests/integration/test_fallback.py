"""A camera that dies and comes back while a file plays in its place."""

import signal

from tests.integration.conftest import StartRtsp, StartServer
from tests.integration.peeking import SAMPLES, assert_calm, workers
from tests.integration.processes import wait_until
from tests.integration.publishing import WireViewer

CAMERA, AWAY = ("avc1", 320, 240), ("avc1", 640, 360)
CAM = ("--size", "320x240")
AWAY_PICTURES = 240  # of 30 a second, in which the camera is looked for in vain
BACK_WITHIN_S = 40.0


def test_the_camera_takes_over_from_its_fallback(serve: StartServer, rtsp: StartRtsp) -> None:
    camera = rtsp(cam=CAM)
    away = str(SAMPLES / "clip.mp4")
    server = serve("--loop", f"door={camera.url('cam')}", "--fallback", f"door={away}")
    with WireViewer(server, ("copy", "h264"), "door") as viewer:
        wait_until(lambda: viewer.sizes[-1:] == [CAMERA], "the camera", 30)
        for _ in range(2):
            camera.process.stop(signal.SIGKILL)
            wait_until(lambda: viewer.sizes[-1:] == [AWAY], "the fallback", 30)
            viewer.wait_for_pictures(1)
            told = len(viewer.told)
            viewer.wait_for_pictures(AWAY_PICTURES)
            camera = rtsp(port=camera.port, cam=CAM)
            wait_until(lambda: viewer.sizes[-1:] == [CAMERA], "the camera again", BACK_WITHIN_S)
            assert {"state", "error"}.isdisjoint(each["type"] for each in viewer.told[told:])
            viewer.wait_for_pictures(60)
            wait_until(lambda: len(workers(server.process)) == 1, "one worker alone", 30)
        assert viewer.is_open
    wait_until(lambda: not workers(server.process), "no worker", 30)
    assert server.process.output.count("event=back stream=door") == 2
    assert_calm(server.process)
