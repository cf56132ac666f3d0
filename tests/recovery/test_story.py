"""What is left of a gateway whose data folder is destroyed, when there was a backup?"""

import asyncio
import shutil
from pathlib import Path

import asyncpg

from app.postgres import EmbeddedPostgres
from tests.client import Client, fresh, member
from tests.journeys.makers import enrolled, offered
from tests.journeys.test_crash import kill_everything, mipoints_check, on_its_own
from tests.recovery.customers import WAIT_S, customers_of
from tests.served import MIPOINTS


async def mipoints(*words: str | Path) -> str:
    """What a command that does well has printed."""
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(MIPOINTS, *words, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    async with asyncio.timeout(WAIT_S):
        said, _ = await running.communicate()
    assert running.returncode == 0, said.decode()
    return said.decode()


async def restore_that_is_killed(backup: Path, data_dir: Path) -> None:
    """Kill -9 in the middle of a restore: its database is not there under its name."""
    share = EmbeddedPostgres(data_dir)
    await asyncio.to_thread(share.start)
    server = await asyncpg.connect(share.url("postgres"))
    try:
        restoring = await asyncio.create_subprocess_exec(MIPOINTS, "restore", backup, "--data", data_dir)
        async with asyncio.timeout(WAIT_S):
            while not await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'mipoints_restoring'"):
                await asyncio.sleep(0.005)
        restoring.kill()
        assert await restoring.wait() < 0
        assert not await server.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'mipoints'")
    finally:
        await server.close()
        await asyncio.to_thread(share.stop)


async def redeemed(client: Client, mi_account_id: str, offer_id: str, key: str) -> str:
    """The code of the coupon that this key brought."""
    given = {"idempotencyKey": key, "offerId": offer_id}
    payload = await client.done(member(mi_account_id), "redeemCoupon", "coupon { code }", **given)
    return str(payload["coupon"]["code"])


async def test_all_that_was_acknowledged_before_the_backup_outlives_the_data_folder(roomy: Path) -> None:
    first, second, backup = roomy / fresh("first"), roomy / fresh("second"), roomy / fresh("backup")
    for data_dir in (first, second):
        data_dir.mkdir(mode=0o711)
    async with on_its_own(roomy, first) as client:
        await client.advance(by="P40D")
        mi_account_id, offer_id = await enrolled(client, points=500), await offered(client, 100)
        code = await redeemed(client, mi_account_id, offer_id, "before the backup")
        async with customers_of(client) as customers:
            assert await customers.go_on(), customers.trouble
            bought_before = list(customers.bought)
            said = await mipoints("backup", backup, "--data", first)
            assert await customers.go_on(), customers.trouble
        await redeemed(client, mi_account_id, offer_id, "after the backup")
        moment = await client.database.fetchval("SELECT programme_now()")
        await kill_everything(client)
    shutil.rmtree(first)

    await restore_that_is_killed(backup, second)
    came_back = await mipoints("restore", backup, "--data", second)

    assert came_back.startswith(said)
    assert came_back.endswith("All is as it was put aside, and the ledger agrees with itself.\n")
    async with on_its_own(roomy, second) as client:
        assert await client.database.fetchval("SELECT programme_now()") >= moment
        orders = await client.database.fetch("SELECT order_id FROM shop_order")
        assert set(bought_before) <= {each["order_id"] for each in orders}
        assert await redeemed(client, mi_account_id, offer_id, "before the backup") == code
        assert (await client.balance(mi_account_id))["available"] == 400
        async with customers_of(client) as customers:
            assert await customers.go_on(), customers.trouble
        assert await mipoints_check(second) == 0
