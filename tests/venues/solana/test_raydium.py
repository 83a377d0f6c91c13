"""New Raydium pools, and which of them are graduations of Pump coins."""

from __future__ import annotations

from remora.model.facts import Graduation, PoolCreated
from remora.ports import Context
from remora.venues.solana import programs, raydium
from solana_cases import decode, transactions
from solana_scene import COIN, WSOL, Scene, vault, wallet

ME, POOL = wallet(1), vault("pool")


def test_four_graduations_and_one_foreign_pool() -> None:
    context = Context()
    found = [raydium.decode_pools(tx, context) for tx in transactions("2025-01_raydium_pool_creations.json")]
    assert [[type(fact).__name__ for fact in one] for one in found] == [["PoolCreated", "Graduation"]] * 4 + [["PoolCreated"]]
    for pool, graduation in found[:4]:
        assert isinstance(pool, PoolCreated)
        assert isinstance(graduation, Graduation)
        assert pool.wallet == graduation.wallet == raydium.MIGRATOR
        assert pool.base_asset == WSOL
        assert graduation.asset == pool.quote_asset
        assert graduation.stage == "migrated"
        assert graduation.destination == "raydium"
        assert graduation.quantity_atoms == 206_900_000_000_000
        assert graduation.quote == "SOL"
        assert 79_005_359_000 < (graduation.quote_atoms or 0) < 79_005_362_000
        assert graduation.market == programs.bonding_curve(graduation.asset)
        assert graduation.happened_at is None  # the recording tells no block time
        assert context.pools[pool.pool] == (WSOL, graduation.asset)
    (foreign,) = found[4]
    assert isinstance(foreign, PoolCreated)
    assert foreign.wallet == "49dBqkyGUuecVPbgcft7vxX2WSBtKQ7AHMBaqLyJd4zK"
    assert (foreign.base_atoms, foreign.quote_atoms) == (7_900_000_000, 1_000_000_000)


def test_pool_and_graduation_have_ids_of_their_own() -> None:
    ids_ = [fact.id for tx in transactions("2025-01_raydium_pool_creations.json") for fact in decode(tx).facts]
    assert len(ids_) == len(set(ids_))


def test_a_cpmm_pool_by_its_layout() -> None:
    scene = Scene(ME)
    vaults = scene.account(POOL, WSOL), scene.account(POOL, COIN)
    accounts = (ME, wallet(50), wallet(51), POOL, WSOL, COIN, wallet(52), wallet(53), wallet(54), wallet(55), *vaults)
    scene.call(raydium.CPMM, *accounts, data=bytes.fromhex("afaf6d1f0d989bed") + bytes(24))
    scene.send(WSOL, ME, POOL, 50_000).send(COIN, ME, POOL, 777)
    (pool,) = raydium.decode_pools(scene.done(), Context())
    assert isinstance(pool, PoolCreated)
    assert (pool.wallet, pool.pool, pool.base_atoms, pool.quote_atoms) == (ME, POOL, 50_000, 777)


def test_cut_instructions_and_failures_open_nothing() -> None:
    for data, accounts, failed in ((b"\x01", (ME,), False), (b"", (ME,) * 21, False), (b"\x01\xfe", (ME,) * 21, True)):
        scene = Scene(ME).call(raydium.V4, *accounts, data=data)
        assert raydium.decode_pools(scene.done(failed=failed), Context()) == []


def test_only_swap_instructions_name_a_pool() -> None:
    swap, other = (
        Scene(ME).call(raydium.V4, ME, POOL, data=b"\x09" + bytes(16)),
        Scene(ME).call(raydium.V4, ME, POOL, data=b"\x03"),
    )
    assert raydium.pool_of(swap.calls[0]) == POOL
    assert raydium.pool_of(other.calls[0]) is None
    assert raydium.pool_of(Scene(ME).call(raydium.V4, ME, data=b"\x09").calls[0]) is None
