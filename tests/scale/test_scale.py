"""Do several gateways, a standby and an archive together answer as one gateway does? `scripts/prove scale`, shortly."""

from pathlib import Path

from tests.scale.proving_scale import scaled

SECONDS = 2


async def test_three_gateways_a_standby_and_an_archive_agree(roomy: Path) -> None:
    folder = roomy / "scale"
    folder.mkdir(mode=0o711)

    seen = await scaled(folder, SECONDS, with_pooler=False)

    assert seen.troubles == []
    assert "0 errors" in seen.lines[0]
    assert seen.lines[-1].startswith("mipoints check: 12 accounts")
