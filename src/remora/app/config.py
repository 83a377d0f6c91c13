"""Settings: one TOML file and the environment, read once, every key known, every value bounded.

A key is looked up in this order: environment (REMORA_LEDGER__MEMORY_LIMIT_MB=2048), the file named by --config, the
default. An unknown key is an error that names it and the nearest known one.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from remora.model.errors import UsageError


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LedgerSettings(_Section):
    """The store of the past."""

    memory_limit_mb: int = Field(default=1024, ge=128, le=262_144, description="memory the embedded ledger may take")
    threads: int = Field(default=2, ge=1, le=256, description="threads of the embedded ledger")
    dsn: SecretStr | None = Field(
        default=None, description="ClickHouse instead of the embedded ledger, e.g. clickhouse://host:8123/remora"
    )


class BooksSettings(_Section):
    """How profit is booked."""

    method: Literal["fifo", "average"] = Field(default="fifo", description="which lots a sale consumes (named in every answer)")
    rug_quiet_hours: int = Field(
        default=24, ge=1, le=8_760, description="hours without a trade until a collapsed token is lost"
    )
    rug_fall_percent: int = Field(default=95, ge=50, le=100, description="fall from the peak price that is a collapse")


class ScoreSettings(_Section):
    """Who counts as smart. The points describe; the verdict decides."""

    profile: Literal["default", "classic", "gentle"] = Field(
        default="default", description="which weights make the 0-1000 points (named in every answer)"
    )
    smart_points: float = Field(default=700.0, ge=0, le=1_000, description="points from which a buyer counts for a token")
    smart_verdict: Literal["any", "promising", "skilled"] = Field(
        default="promising", description="verdict a buyer must at least have to count for a token"
    )
    verified: tuple[str, ...] = Field(
        default=(), description="wallets whose owner was verified by hand (reputation at least 60)"
    )
    universe_ppm: int = Field(
        default=10_000, ge=1, le=1_000_000, description="launches followed as control universe, in millionths (1 % = 10000)"
    )


class ClusterSettings(_Section):
    """Which wallets are one hand."""

    whitelist: tuple[str, ...] = Field(
        default=(), description="cluster ids, or addresses of members, of harmless groups (funds): one voice, but not excluded"
    )


class FetchSettings(_Section):
    """Where history is fetched from, and how fast."""

    polymarket_data_url: str = "https://data-api.polymarket.com"
    polymarket_gamma_url: str = "https://gamma-api.polymarket.com"
    polymarket_clob_url: str = "https://clob.polymarket.com"
    solana_rpc_urls: tuple[SecretStr, ...] = Field(
        default=(), description="RPC endpoints in order of preference; may hold keys"
    )
    requests_per_second: float = Field(default=10.0, gt=0, le=1_000, description="per endpoint")
    timeout_seconds: float = Field(default=10.0, gt=0, le=600)
    attempts: int = Field(default=4, ge=1, le=20)


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(env_prefix="REMORA_", env_nested_delimiter="__", extra="forbid", frozen=True)

    ledger: LedgerSettings = LedgerSettings()
    books: BooksSettings = BooksSettings()
    score: ScoreSettings = ScoreSettings()
    clusters: ClusterSettings = ClusterSettings()
    fetch: FetchSettings = FetchSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file (which comes in as the constructor's arguments)."""
        return env_settings, init_settings


def load(path: Path | None) -> Settings:
    """Settings from the file (if any) and the environment. Raises UsageError naming the key and what to do."""
    values = _read(path) if path else {}
    try:
        return Settings(**values)
    except SettingsError as error:
        raise UsageError(f"environment: {error}", hint='lists are written as JSON: REMORA_X__Y=\'["a", "b"]\'') from None
    except ValidationError as error:
        raise UsageError("; ".join(_explain(e, path) for e in error.errors()), hint="see `remora config show`") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"settings file not found: {path}", hint="check --config") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: not readable as TOML: {error}", hint="mend the line it names") from None


def _explain(error: Any, path: Path | None) -> str:
    place = ".".join(str(part) for part in error["loc"])
    where = f"{path or 'environment'}: {place}"
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place, known_keys(), n=1)
        return f"{where}: unknown setting" + (f", did you mean {near[0]}?" if near else "")
    return f"{where}: {error['msg']}"


def known_keys() -> list[str]:
    """Every setting as `section.key`."""
    sections = {name: info.annotation for name, info in Settings.model_fields.items()}
    keys = [f"{name}.{key}" for name, section in sections.items() if section for key in section.model_fields]
    return [*sections, *keys]


def show(settings: Settings, path: Path | None) -> list[dict[str, str]]:
    """Each setting with its value (secrets masked), where the value comes from, and what it means."""
    in_file = _read(path) if path else {}
    env = _environment()
    rows = []
    for name, info in Settings.model_fields.items():
        section = getattr(settings, name)
        fields = type(section).model_fields if info.annotation else {}
        for key, detail in fields.items():
            origin = "default"
            if key in in_file.get(name, {}):
                origin = str(path)
            if f"{name}__{key}".lower() in env:
                origin = "environment"
            rows.append({
                "key": f"{name}.{key}", "value": str(getattr(section, key)), "origin": origin, "about": detail.description or ""
            })  # fmt: skip
    return rows


def _environment() -> set[str]:
    """Names behind REMORA_, in lower case."""
    return {name.removeprefix("REMORA_").lower() for name in os.environ if name.startswith("REMORA_")}
