import anyio

from streamer import wire
from streamer.hub.delivery.message import Message
from streamer.server.mailbox import Mailbox
from streamer.wire import Flags, Header, Kind


def message(size: int) -> Message:
    header = Header(Kind.JPEG, Flags.KEYFRAME, 0, 0, 0, 0, 0)
    return Message(bytearray(wire.pack(header, bytes(size))), 0, 0)


def test_items_come_in_order_and_unsent_is_what_nobody_passed_on() -> None:
    async def run() -> None:
        mailbox = Mailbox()
        first = message(100)
        assert mailbox.send(first) is False
        mailbox.send_text("text")
        assert mailbox.unsent() == first.size
        assert await mailbox.take() is first
        assert mailbox.unsent() == first.size, "taken is not yet passed on"
        mailbox.taken(first)
        assert mailbox.unsent() == 0
        assert await mailbox.take() == "text"
        assert mailbox.is_empty

    anyio.run(run)


def test_who_waits_is_woken() -> None:
    async def run() -> None:
        mailbox = Mailbox()
        found: list[Message | str | None] = []

        async def take() -> None:
            found.append(await mailbox.take())
            found.append(await mailbox.take())

        with anyio.fail_after(5):
            async with anyio.create_task_group() as group:
                group.start_soon(take)
                await anyio.wait_all_tasks_blocked()
                mailbox.send_text("late")
                await anyio.wait_all_tasks_blocked()
                mailbox.close()
        assert found == ["late", None]

    anyio.run(run)


def test_what_was_sent_before_the_close_is_still_taken() -> None:
    async def run() -> None:
        mailbox = Mailbox()
        mailbox.send_text("last")
        mailbox.close()
        assert await mailbox.take() == "last"
        assert await mailbox.take() is None

    anyio.run(run)
