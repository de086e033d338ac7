"""The caches know what is there, and who is affected by a change."""

from controller.caches import Caches, KindCache, Namespaces
from controller.changes import MirrorGone, MirrorSeen, NamespaceGone, NamespaceSeen, SourceGone, SourceSeen, apply
from controller.jsonobject import JsonObject, child
from controller.kinds import Kind
from controller.mirror import Key, Mirror, Namespace, Source, desired, mirror_from, source_from
from controller.tests.objects import source_body

HOME = Key("home", "s")


def _source(version: int = 1, **more: str) -> Source:
    return source_from(source_body(version=version, **more), Kind.SECRET)  # type: ignore[arg-type]  # texts only


def _mirror(source: Source, namespace: str, version: int, **more: object) -> Mirror:
    body: JsonObject = {**desired(source, Kind.SECRET, namespace), **more}
    metadata = {**child(body, "metadata"), "uid": f"m-{namespace}", "resourceVersion": str(version)}
    return mirror_from({**body, "metadata": metadata}, Kind.SECRET)


def _cache() -> KindCache:
    cache = KindCache(Kind.SECRET)
    cache.source_seen(_source())
    return cache


def test_every_update_of_a_source_affects_it_once() -> None:
    """A new version of a source reconciles it; the same version again, or an older one, does not."""
    cache = _cache()
    assert cache.source_seen(_source(version=1)) == set()
    assert cache.source_seen(_source(version=3)) == {HOME}
    assert cache.source_seen(_source(version=2)) == set()


def test_echo_of_an_own_write_affects_nobody() -> None:
    """The watch's report of a mirror that is as it should be wakes nobody, be it the first or the second."""
    cache = _cache()
    assert cache.mirror_seen(_mirror(_source(), "a", 5)) == set()
    assert cache.mirror_seen(_mirror(_source(), "a", 5)) == set()


def test_drift_affects_the_source() -> None:
    """A mirror that was changed by hand reconciles its source."""
    cache = _cache()
    cache.mirror_seen(_mirror(_source(), "a", 5))
    assert cache.mirror_seen(_mirror(_source(), "a", 6, data={"k": "eA=="})) == {HOME}


def test_deleted_mirror_affects_all_that_want_its_place() -> None:
    """A mirror that was deleted by hand is missed by its source, and by a rival of the same name."""
    cache = _cache()
    cache.source_seen(_source(namespace="other"))
    cache.source_seen(_source(namespace="third", targets="elsewhere"))
    cache.mirror_seen(_mirror(_source(), "a", 5))
    assert cache.mirror_gone(Key("a", "s"), "6") == {HOME, Key("other", "s")}
    assert cache.mirrors_of(HOME) == {}


def test_late_answer_does_not_bring_a_deleted_mirror_back() -> None:
    """The answer to a write that arrives after the news of the deletion of what was written changes nothing."""
    cache = _cache()
    cache.mirror_seen(_mirror(_source(), "a", 5))
    cache.mirror_gone(Key("a", "s"), "7")
    assert cache.mirror_seen(_mirror(_source(), "a", 6)) == set()
    assert cache.mirror(Key("a", "s")) is None
    cache.mirror_seen(_mirror(_source(), "a", 8))
    assert cache.mirror(Key("a", "s")) is not None


def test_late_news_of_a_deletion_does_not_remove_what_was_made_again() -> None:
    """A deletion that is older than the object known by now affects nobody."""
    cache = _cache()
    cache.mirror_seen(_mirror(_source(), "a", 9))
    assert cache.mirror_gone(Key("a", "s"), "8") == set()
    assert cache.mirror(Key("a", "s")) is not None
    cache.source_seen(_source(version=9))
    assert cache.source_gone(HOME, "8") == set()


def test_gone_source_affects_itself_and_its_rivals() -> None:
    """Its mirrors must go, and a rival of the same name may have waited for their places."""
    cache = _cache()
    cache.source_seen(_source(namespace="other"))
    assert cache.source_gone(HOME, "2") == {HOME, Key("other", "s")}
    assert cache.source_gone(HOME, "3") == set()
    assert cache.source_seen(_source(version=2)) == set(), "late news does not bring it back"


def test_orphans_are_among_what_a_start_reconciles() -> None:
    """A mirror whose source vanished while nobody watched is found through the mirror."""
    cache = KindCache(Kind.SECRET)
    cache.mirror_seen(_mirror(_source(), "a", 5))
    assert cache.source_keys() == {HOME}


def test_mirror_that_changes_its_claim_affects_both_sources() -> None:
    """An edited source annotation reconciles the source that was named and the one that is named now."""
    cache = _cache()
    cache.mirror_seen(_mirror(_source(), "a", 5))
    assert cache.mirror_seen(_mirror(_source(namespace="other"), "a", 6)) == {HOME, Key("other", "s")}
    assert (cache.mirrors_of(HOME), list(cache.mirrors_of(Key("other", "s")))) == ({}, ["a"])


def _space(name: str, version: int, *, terminating: bool = False) -> Namespace:
    return Namespace(name=name, version=str(version), terminating=terminating)


def test_namespaces_are_targets_while_they_are_active() -> None:
    """A namespace is a target from its creation to the beginning of its deletion."""
    spaces = Namespaces()
    assert spaces.seen(_space("a", 1))
    assert not spaces.seen(_space("a", 2)), "known already"
    assert not spaces.seen(_space("a", 3, terminating=True))
    assert spaces.active == set()
    assert spaces.seen(_space("a", 5)), "made again"
    spaces.gone("a", "4")
    assert spaces.active == {"a"}, "late news of the old one"
    spaces.gone("a", "6")
    assert spaces.active == set()


def test_new_namespace_affects_the_sources_that_name_it() -> None:
    """Every source, of both kinds, whose targets match the new namespace is reconciled, and no other."""
    caches = Caches()
    for kind in Kind:
        for name, targets in (("s", "team-*"), ("t", "prod")):
            apply(caches, SourceSeen(kind=kind, source=source_from(source_body(name, targets=targets), kind)))
    assert set(apply(caches, NamespaceSeen(namespace=_space("team-a", 1)))) == {(kind, HOME) for kind in Kind}
    assert not list(apply(caches, NamespaceSeen(namespace=_space("team-a", 2))))


def test_every_change_reaches_the_caches() -> None:
    """Each kind of report changes what it is about."""
    caches = Caches()
    cache = caches.kinds[Kind.SECRET]
    list(apply(caches, NamespaceSeen(namespace=_space("a", 1))))
    assert list(apply(caches, SourceSeen(kind=Kind.SECRET, source=_source()))) == [(Kind.SECRET, HOME)]
    list(apply(caches, MirrorSeen(kind=Kind.SECRET, mirror=_mirror(_source(), "a", 5))))
    assert cache.mirror_versions() == {Key("a", "s"): "5"}
    list(apply(caches, MirrorGone(kind=Kind.SECRET, key=Key("a", "s"), version="6")))
    list(apply(caches, SourceGone(kind=Kind.SECRET, key=HOME, version="6")))
    list(apply(caches, NamespaceGone(name="a", version="6")))
    assert (cache.mirror_versions(), cache.source_versions(), caches.namespaces.versions()) == ({}, {}, {})
