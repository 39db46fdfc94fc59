"""Recordings over the wire: the pieces of one container, from browsers without WebCodecs."""

import pytest

from streamer.address import PUBLISHED_BODY
from tests.asgi import Site
from tests.test_publisher import publication_of
from tests.test_publisher_session import GREETING, PUBLISH, packet, publishing, sends

pytestmark = pytest.mark.anyio


async def test_a_recording_goes_to_the_worker_as_a_body_does() -> None:
    site = Site()
    async with publishing(site, "?container=webm") as talk:
        await talk.hears_many(GREETING)
        publication = publication_of(site)
        with publication.open_feed() as feed:
            sends(talk, packet(0, b"EBML"))
            assert await talk.hears() == {"type": "ack", "received": 0}
            sends(talk, packet(1, b"cluster"))
            assert await talk.hears() == {"type": "ack", "received": 1}
            assert feed.recv(99) == b"EBMLcluster"
            talk.says(PUBLISH)
            code, sentence = await talk.closed()
    assert code == 4400
    assert "leave it out" in sentence
    assert publication.address == PUBLISHED_BODY


async def test_other_containers_are_refused() -> None:
    async with publishing(Site(), "?container=mp4") as talk:
        assert await talk.closed() == (4415, "The container 'mp4' is not taken; send webm.")
