"""A place for one thing between two threads."""

import threading

from streamer.client.publish.slot import Slot


def test_the_newest_wins_and_the_others_are_counted() -> None:
    slot: Slot[int] = Slot()
    for number in range(3):
        slot.put(number)
    assert slot.wait(None)
    assert (slot.take(), slot.take(), slot.replaced) == (2, None, 2)


def test_waiting_ends_with_the_time_or_the_slot() -> None:
    slot: Slot[int] = Slot()
    assert not slot.wait(0)
    slot.put(1)
    slot.close()
    assert (slot.is_closed, slot.is_done, slot.wait(None)) == (True, False, True)
    slot.take()
    assert (slot.is_done, slot.wait(None)) == (True, False)


def test_who_waits_is_woken() -> None:
    slot: Slot[int] = Slot()
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(slot.wait(10)))
    thread.start()
    slot.put(1)
    thread.join(10)
    assert found == [True]
