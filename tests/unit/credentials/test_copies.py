"""Too many inputs for a policy: which are copied, and that then every policy is short enough."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybridface_operator.credentials.copies import copied_uri, needed_copies, with_copies
from hybridface_operator.credentials.session_policy import LIMIT_BYTES, PHASES, Reach, session_policy
from hybridface_operator.errors import JobRefused
from hybridface_worker.contract.inputs import reference_name
from support.credentials import FOLDER, MODELS, OUTPUT, image, inputs, item


def needed(whole, *, output=OUTPUT):
    return needed_copies(FOLDER, whole, MODELS, output)


def copied(whole, copies):
    return with_copies(whole, FOLDER, {copy.uri: f"etag of {copy.uri}" for copy in copies})


def images(count, **more):
    return [image(f"s3://faces/actor/{n:03d}-{'x' * 30}.png", number=n, **more) for n in range(count)]


def test_a_few_inputs_are_read_where_they_are():
    assert needed(inputs(images(3), [item()])) == ()


def test_a_folder_of_thousands_is_read_where_it_is():
    items = [item(f"s3://inbox/stills/{n}.png", path=f"{n}.png", number=n, of_prefix=True) for n in range(3000)]
    assert needed(inputs(images(1), items)) == ()


def test_many_images_are_copied_and_then_every_policy_is_short_enough():
    whole = inputs(images(200), [item()])
    moved = copied(whole, needed(whole))
    for phase in PHASES:
        assert len(session_policy(phase, 123, Reach.of(FOLDER, moved, MODELS, OUTPUT)).encode()) < LIMIT_BYTES


def test_the_lightest_are_copied_and_the_clip_stays_where_it_is():
    clip = item(size=10**9)
    whole = inputs([image(f"s3://faces/{n}-{'x' * 40}.png", number=n, size=n) for n in range(40)], [clip])
    copies = needed(whole)
    assert 0 < len(copies) < 40
    assert [copy.item.size for copy in copies] == list(range(len(copies)))


def test_no_more_are_copied_than_have_to_be():
    whole = inputs(images(40), [item(size=10**9)])
    copies = needed(whole)
    with pytest.raises(JobRefused):
        session_policy("swap", 1, Reach.of(FOLDER, copied(whole, copies[:-1]), MODELS, OUTPUT))


def test_what_was_copied_is_read_from_its_copy_and_named_as_before():
    whole = inputs(images(40), [item("s3://inbox/a/clip.mp4", size=10**9)])
    moved = copied(whole, needed(whole))
    first = moved.sources[0]
    assert first.uri == f"{FOLDER}in/sources/actor/000000/000-{'x' * 30}.png"
    assert first.etag == f"etag of {first.uri}"
    assert (first.source, first.item, first.size) == ("actor", 0, 1000)
    assert moved.targets == whole.targets


def test_items_of_a_folder_keep_their_paths_so_that_outputs_are_called_the_same():
    folder = "s3://inbox/" + "d" * 900 + "/"
    items = [item(f"{folder}a/{n}.png", path=f"a/{n}.png", number=n, of_prefix=True) for n in range(3)]
    whole = inputs(images(1), items)
    moved = copied(whole, needed(whole, output="s3://results/" + "o" * 400 + "/"))
    assert [each.relative_path for each in moved.targets] == ["a/0.png", "a/1.png", "a/2.png"]
    assert all(each.of_prefix for each in moved.targets)


def test_one_object_that_is_source_and_target_is_copied_for_both():
    whole = inputs([*images(40), image("s3://inbox/clip.png", number=40)], [item("s3://inbox/clip.png")])
    copies = needed(whole)
    both = [copy for copy in copies if copy.item.uri == "s3://inbox/clip.png"]
    assert len(both) in {0, 2}
    assert len({copy.uri for copy in copies}) == len(copies)


def test_addresses_that_no_copying_makes_short_enough_are_refused_with_what_to_do():
    with pytest.raises(JobRefused, match="shorter addresses of the output"):
        needed(inputs(images(1), [item()]), output="s3://results/" + "ö" * 900 + "/")


@pytest.mark.parametrize("name", ["ü" * 300 + ".png", ".." * 3 + "x", "a" * 59 + ".p", "a.png"])
def test_a_copys_name_ends_like_its_originals(name):
    uri = copied_uri(FOLDER, image(f"s3://faces/{name}"))
    assert uri.rpartition("/")[2] == name[-60:]
    assert len(uri.rpartition("/")[2].encode()) <= 255


@given(
    st.lists(st.tuples(st.text("abü/", min_size=1, max_size=60), st.integers(0, 10**12)), max_size=80),
    st.integers(1, 120),
)
def test_whatever_is_named_every_policy_is_short_enough_or_the_job_is_refused(named, length):
    whole = inputs(
        [image(f"s3://faces/{n}{text.replace('/', 'c')}", number=n, size=size) for n, (text, size) in enumerate(named)],
        [item()],
    )
    output = f"s3://results/{'o' * length}/"
    moved = copied(whole, needed(whole, output=output))
    for phase in PHASES:
        session_policy(phase, 1, Reach.of(FOLDER, moved, MODELS, output))


def test_of_many_people_some_are_copied_under_names_of_their_own():
    people = [image(f"s3://faces/{n}-{'x' * 60}.png", source=reference_name(n)) for n in range(32)]
    whole = inputs([image(), *people], [item(size=10**9)])
    moved = copied(whole, needed(whole))
    uris = [person.uri for person in moved.sources if person.uri.startswith(f"{FOLDER}in/sources/_reference-")]
    assert len(set(uris)) == len(uris) > 0
    for phase in PHASES:
        assert len(session_policy(phase, 123, Reach.of(FOLDER, moved, MODELS, OUTPUT)).encode()) < LIMIT_BYTES
