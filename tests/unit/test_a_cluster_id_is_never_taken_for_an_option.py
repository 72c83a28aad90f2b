"""Kafka's tools read an id with a dash in front as an option: one in 64 random ids, so one in 64 first starts."""

import base64

from deploy.local.config import new_cluster_id


def test_a_cluster_id_is_a_uuid_in_22_characters_and_never_starts_with_a_dash() -> None:
    drawn = {new_cluster_id() for _ in range(2_000)}
    assert len(drawn) == 2_000
    assert not [one for one in drawn if one.startswith("-")]
    assert {len(base64.urlsafe_b64decode(one + "==")) for one in drawn} == {16}
