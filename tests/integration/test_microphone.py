"""The microphone of the page `/publish`: Chromium's fake one beeps, and a viewer hears it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.integration.conftest import POLICY, StartServer
from tests.integration.hearing import hearing, sound, unmute
from tests.integration.processes import wait_until
from tests.integration.watching import told, wait_for

NO_WEBCODECS = "delete globalThis.VideoEncoder;"
NO_AUDIO_ENCODER = "delete globalThis.AudioEncoder;"
# Whoever sits there takes a moment to say yes.
SLOW = """
globalThis.tracks = [];
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  tracks.push(...stream.getAudioTracks());
  if (wanted.audio) await new Promise((resolve) => setTimeout(resolve, 300));
  return stream;
};
"""
# What a browser does to the track of a microphone that is unplugged or allowed no longer.
END = """
const track = tracks.at(-1);
track.stop();
track.dispatchEvent(new Event('ended'));
"""
LEVEL = "document.querySelector('.preview .level')"


@pytest.fixture
def context(camera_chromium: Browser) -> Iterator[BrowserContext]:
    """A profile whose pages may use both; an uncaught exception on them fails the test."""
    context = camera_chromium.new_context(
        viewport={"width": 1280, "height": 720}, permissions=["camera", "microphone"]
    )
    uncaught: list[str] = []
    context.on("weberror", lambda error: uncaught.append(str(error.error)))
    context.on("console", lambda said: uncaught.append(said.text) if POLICY in said.text else None)
    yield context
    context.close()
    assert uncaught == []


def open_devices(context: BrowserContext, url: str, *scripts: str) -> Page:
    """The page with camera and microphone open, and a microphone that hears something."""
    page = context.new_page()
    for script in scripts:
        page.add_init_script(script)
    page.goto(url)
    page.get_by_label("Microphone", exact=True).select_option("Default microphone")
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_role("button", name="Start sending").wait_for()
    wait_for(page, f"!{LEVEL}.hidden && {LEVEL}.value > 0.1", 30)
    return page


@pytest.mark.parametrize("script", ["", NO_WEBCODECS], ids=["WebCodecs", "MediaRecorder"])
def test_a_microphone_is_heard(
    serve: StartServer, camera_chromium: Browser, context: BrowserContext, script: str
) -> None:
    server = serve()
    page = open_devices(context, f"{server.url}/publish?name=desk", script)
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    with hearing(camera_chromium, f"{server.url}/watch/desk") as viewer:
        unmute(viewer)
        wait_for(viewer, "beeps.length > 2", 30)
        assert sound(viewer)["codec"] == "opus"
        page.get_by_label("Microphone", exact=True).select_option("No sound")
        wait_until(lambda: viewer.locator(".volume").is_hidden(), "end of the sound", 30)
        if not script:
            assert "offline" not in {each["phase"] for each in told(viewer)}


def test_a_microphone_that_is_refused_leaves_the_pictures(
    serve: StartServer, camera_chromium: Browser
) -> None:
    server = serve()
    context = camera_chromium.new_context(permissions=["camera"])
    page = context.new_page()
    page.goto(f"{server.url}/publish?name=desk")
    page.get_by_label("Microphone", exact=True).select_option("Default microphone")
    page.get_by_role("button", name="Open the camera").click()
    page.get_by_text("The microphone was refused or is in use.").wait_for()
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    context.close()


def test_a_microphone_that_was_given_up_while_it_opened_is_not_left_on(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    page = open_devices(context, f"{server.url}/publish?name=desk", SLOW)
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    microphone = page.get_by_label("Microphone", exact=True)
    for choice in ("No sound", "Default microphone", "No sound"):
        microphone.select_option(choice)
    wait_for(
        page, "tracks.length === 2 && tracks.every(({ readyState }) => readyState === 'ended')", 30
    )
    page.get_by_text("Sending to").wait_for(timeout=30_000)


def test_a_microphone_that_is_unplugged_is_told_and_can_be_chosen_again(
    serve: StartServer, camera_chromium: Browser, context: BrowserContext
) -> None:
    server = serve()
    page = open_devices(context, f"{server.url}/publish?name=desk", SLOW)
    page.get_by_role("button", name="Start sending").click()
    page.get_by_text("Sending to").wait_for(timeout=30_000)
    microphone = page.get_by_label("Microphone", exact=True)
    with hearing(camera_chromium, f"{server.url}/watch/desk") as viewer:
        unmute(viewer)
        wait_for(viewer, "beeps.length > 2", 30)
        page.evaluate(f"() => {{ {END} }}")
        page.get_by_text("The microphone was disconnected").wait_for()
        assert microphone.locator("option:checked").inner_text() == "No sound"
        assert page.evaluate(f"{LEVEL}.hidden")
        wait_until(lambda: viewer.locator(".volume").is_hidden(), "end of the sound", 30)
        microphone.select_option("Default microphone")
        page.get_by_text("The microphone was disconnected").wait_for(state="hidden")
        wait_until(lambda: viewer.locator(".volume").is_visible(), "sound", 30)
        assert "offline" not in {each["phase"] for each in told(viewer)}


def test_where_no_sound_can_be_encoded_the_page_says_so(
    serve: StartServer, context: BrowserContext
) -> None:
    server = serve()
    page = context.new_page()
    page.add_init_script(NO_AUDIO_ENCODER)
    page.goto(f"{server.url}/publish?name=desk")
    microphone = page.get_by_label("Microphone", exact=True)
    for act in ("Open the camera", "Start sending"):
        microphone.select_option("Default microphone")
        page.get_by_role("button", name=act).click()
        page.get_by_text("This browser cannot encode sound.").wait_for()
        assert microphone.locator("option:checked").inner_text() == "No sound"
        assert page.evaluate(f"{LEVEL}.hidden")
    page.get_by_text("Sending to").wait_for(timeout=30_000)
