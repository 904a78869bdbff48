"""What rings on devices that are not connected: sealed, signed, and sent nowhere inside."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from hub.chores.notices import Notices
from hub.push import Push
from hub.push.encryption import authorization, decode64, make_keys, seal
from hub.push.outbound import Refused, check_url, is_public, open_outbound
from rooms.chat.commands import CreateMessage
from rooms.features import FEATURES
from rooms.membership.commands import JoinRoom
from storage.backends import Pool
from storage.commit import open_committer
from storage.notifications.push import MAX_SUBSCRIPTIONS, PushStore
from storage.notifications.switches import set_switches
from storage.row_stores import ROW_STORES
from tests.eventually import eventually
from tests.hub.notifications.push_service import Browser, open_push_service
from tests.people import fresh_id, new_room, new_user


def test_a_sealed_message_opens_for_its_browser_alone() -> None:
    browser, other = Browser(), Browser()
    body = seal(b"hello", browser.p256dh, browser.auth)
    assert browser.open(body) == b"hello"
    assert len(seal(b"x" * 3_800, browser.p256dh, browser.auth)) <= 4_096
    with pytest.raises(InvalidTag):
        other.open(body)
    for p256dh, auth in (("AAAA", browser.auth), (browser.p256dh, "AAAA"), ("?", "?")):
        with pytest.raises(ValueError, match=r"."):
            seal(b"x", p256dh, auth)


def test_the_hub_signs_for_one_push_service() -> None:
    keys = make_keys()
    header = authorization(keys, "https://push.example.org", "mailto:a@b.c", 1_000)
    token = header.removeprefix("vapid t=").partition(",")[0]
    assert header.endswith(f"k={keys.public_key}")
    head, claims, signature = token.split(".")
    assert msgspec.json.decode(decode64(claims)) == {
        "aud": "https://push.example.org",
        "exp": 1_000 + 12 * 3600,
        "sub": "mailto:a@b.c",
    }
    raw = decode64(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode64(keys.public_key))
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.1", "100.64.0.1", "::1",
     "::ffff:127.0.0.1", "fe80::1%eth0", "fc00::1", "64:ff9b::a00:1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_private_addresses_are_none_to_go_to(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_are() -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    "url",
    ["http://push.example.org/x", "https://push.example.org:25/x", "https://127.0.0.1/x",
     "https://[::1]/x", "https://u:p@push.example.org/x", "file:///etc/passwd", "https:///x",
     "https://push.example.org:99999/x"],
)  # fmt: skip
def test_addresses_that_are_none_for_push_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


async def test_a_name_that_leads_inside_is_not_followed() -> None:
    async with open_outbound() as client:
        with pytest.raises(OSError, match="not public"):
            await client.post("https://localhost:8443/", allow_redirects=False)


async def test_a_push_arrives_sealed_and_a_browser_that_is_gone_is_forgotten(
    pool: Pool, tmp_path: Path
) -> None:
    store, ada, browser = PushStore(pool), await new_user(pool, "ada"), Browser()
    async with (
        open_push_service(tmp_path) as service,
        service.open_pusher(store) as pusher,
        asyncio.timeout(10),
    ):
        for name in ("here", "gone", "moved"):
            endpoint = service.address(name)
            await store.subscribe(ada.user_id, None, endpoint, browser.p256dh, browser.auth)
        push = Push("1", "dm", "Ada", "psst", "/rooms/1", 1)
        for subscription in await store.of([ada.user_id]):
            pusher.send(subscription, push)
        got = [await service.got.get() for _ in range(3)]
        seen = {path: (body, auth) for path, body, auth in got}

        async def one_is_forgotten() -> bool:
            return len(await store.of([ada.user_id])) <= 2

        await eventually(one_is_forgotten)
    body, header = seen["/here"]
    assert msgspec.json.decode(browser.open(body), type=Push) == push
    assert header.startswith("vapid t=")
    assert set(seen) == {"/here", "/gone", "/moved"}  # nobody went elsewhere
    left = {s.endpoint.rpartition("/")[2] for s in await store.of([ada.user_id])}
    assert left == {"here", "moved"}


async def test_who_is_away_reads_a_mention_on_his_phone_unless_he_wants_no_push(
    pool: Pool, database_url: str, tmp_path: Path
) -> None:
    """From the message that is committed to the bytes that the browser opens."""
    store, browser = PushStore(pool), Browser()
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    async with (
        open_committer(database_url, FEATURES, ROW_STORES, lambda _: None) as committer,
        open_push_service(tmp_path) as service,
        service.open_pusher(store) as pusher,
        asyncio.timeout(30),
    ):
        notices = Notices(pool, committer, pusher)
        await store.subscribe(
            bob.user_id, None, service.address("phone"), browser.p256dh, browser.auth
        )
        room_id = await new_room(committer, ada)
        join = JoinRoom(room_id=room_id)
        await committer.submit("room:join", join, room_id=room_id, actor=bob)

        async def mention(words: str) -> None:
            """Until everybody has been told."""
            said = CreateMessage(
                room_id=room_id, client_id=fresh_id(), content=f"@{bob.username} {words}"
            )
            await committer.submit(
                "message:create", said, room_id=room_id, actor=ada, op_id=said.client_id
            )

            async def told() -> bool:
                await notices.work_off()
                return bool(await pool.fetchval("SELECT count(*) = 0 FROM notices"))

            await eventually(told)

        await mention("come")
        _, body, _ = await service.got.get()
        push = msgspec.json.decode(browser.open(body), type=Push)
        assert (push.type, push.body) == ("mention", f"@{bob.username} come")
        for switch in ("push_notifications", "browser_notifications"):
            await set_switches(pool, bob.user_id, {switch: False})
            await mention("not to be heard")
            await set_switches(pool, bob.user_id, {switch: True})
        await mention("again")
        _, body, _ = await service.got.get()
        assert browser.open(body).count(b"again") == 1
        assert service.got.empty()


async def test_subscriptions_are_bounded_and_keys_are_one_pair(pool: Pool) -> None:
    store, ada = PushStore(pool), await new_user(pool, "ada")
    for n in range(MAX_SUBSCRIPTIONS + 3):
        await store.subscribe(ada.user_id, None, f"https://push.example.org/{n}", "k", "a")
    assert len(await store.of([ada.user_id])) == MAX_SUBSCRIPTIONS
    pairs = await asyncio.gather(*(store.keep_keys(f"p{n}", f"k{n}") for n in range(5)))
    assert len(set(pairs)) == 1
