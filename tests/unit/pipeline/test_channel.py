"""Stages on threads: bounded, ordered, and ended together by the first error."""

from __future__ import annotations

import threading

import pytest

from hybridface_worker.pipeline.channel import Channel, Crew, InFlight, StoppedError


def test_items_come_out_in_order_and_the_producer_is_never_more_than_the_capacity_ahead():
    channel: Channel[int] = Channel(3)
    taken, lead = 0, []

    def produce() -> None:
        for item in range(50):
            channel.put(item)
            lead.append(item + 1 - taken)
        channel.finish()

    crew = Crew(channel)
    crew.start("produce", produce)
    items = []
    for item in channel:
        items.append(item)
        taken += 1
    crew.join()
    assert items == list(range(50))
    assert max(lead) <= 3 + 1


def test_an_error_in_one_stage_ends_the_others_and_is_raised_once_by_join():
    channel: Channel[int] = Channel(1)
    in_flight = InFlight(1)
    crew = Crew(channel, in_flight)

    def produce_forever() -> None:
        while True:
            channel.put(1)

    def wait_for_room() -> None:
        in_flight.enter()
        in_flight.enter()

    def fail() -> None:
        for _ in channel:
            raise ValueError("broken frame")

    crew.start("wait", wait_for_room)
    crew.start("produce", produce_forever)
    crew.start("fail", fail)
    with pytest.raises(ValueError, match="broken frame"):
        crew.join()
    with pytest.raises(StoppedError):
        channel.put(1)


def test_no_more_is_in_flight_than_the_limit():
    in_flight = InFlight(2)
    in_flight.enter()
    in_flight.enter()
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (in_flight.enter(), entered.set()))
    thread.start()
    assert not entered.wait(0.05)
    in_flight.leave()
    thread.join()
    assert entered.is_set()


@pytest.mark.parametrize(("there", "weight", "has_room"), [(6, 4, True), (6, 5, False), (0, 11, True), (1, 11, False)])
def test_what_weighs_more_than_is_left_waits_and_more_than_there_ever_is_for_all_the_others(there, weight, has_room):
    room = InFlight(10)
    room.enter(there)
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (room.enter(weight), entered.set()))
    thread.start()
    assert entered.wait(5 if has_room else 0.05) is has_room
    room.leave(there)
    thread.join()
    assert entered.is_set()


@pytest.mark.parametrize("first_alone", [True, False])
def test_what_is_to_be_alone_waits_for_the_others_and_the_others_wait_for_it(first_alone):
    in_flight = InFlight(2)
    in_flight.enter(alone=first_alone)
    entered = threading.Event()
    thread = threading.Thread(target=lambda: (in_flight.enter(alone=not first_alone), entered.set()))
    thread.start()
    assert not entered.wait(0.05)
    in_flight.leave()
    thread.join()
    assert entered.is_set()
