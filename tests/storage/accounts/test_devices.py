"""What devices say of themselves is kept for each user and device."""

import uuid

from storage.accounts.devices import MAX_DEVICES, KnownDevice, remember
from storage.backends import Pool
from tests.people import new_user


async def test_what_is_left_out_stays_and_nobody_else_hears_of_it(pool: Pool) -> None:
    ada, bob = await new_user(pool, "ada"), await new_user(pool, "bob")
    device_id = str(uuid.uuid4())
    first = KnownDevice(device_id=device_id, name="Kitchen", kind="speaker", output_latency_ms=-120)
    assert await remember(pool, ada.user_id, first) == first
    again = await remember(pool, ada.user_id, KnownDevice(device_id=device_id, kind="web"))
    assert again == KnownDevice(
        device_id=device_id, name="Kitchen", kind="web", output_latency_ms=-120
    )
    his = KnownDevice(device_id=device_id, kind="phone")
    assert await remember(pool, bob.user_id, his) == his


async def test_of_too_many_devices_the_oldest_is_forgotten(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    ids = [str(uuid.uuid4()) for _ in range(MAX_DEVICES + 1)]
    for device_id in ids:
        await remember(pool, ada.user_id, KnownDevice(device_id=device_id, name="x", kind="web"))
    plain = KnownDevice(device_id=ids[0], kind="web")
    assert await remember(pool, ada.user_id, plain) == plain
    kept = await remember(pool, ada.user_id, KnownDevice(device_id=ids[-1], kind="web"))
    assert kept.name == "x"
