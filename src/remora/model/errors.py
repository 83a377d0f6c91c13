"""What can go wrong, drawn as a tree. Expected failures of single records are values, not exceptions.

RemoraError                 any failure the user is told about; carries an exit code and what to do
├── UsageError      (2)     wrong usage or settings
├── InputRefused    (3)     an input refused as a whole, or a record refused under --strict
├── CheckFailed     (1)     a law, a proof or a verification does not hold
└── StoreError      (4)     the store is in use, damaged or of another version
    ├── StoreInUse
    └── StoreDamaged

Undecodable                 value: one record that could not be read, with its reason
Ignored                     value: one record that holds nothing for us, with its reason
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RemoraError(Exception):
    """A failure with a message for people and a hint what to do. `exit_code` is the process's answer."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CheckFailed(RemoraError):
    """A law, a proof or a verification does not hold."""


class UsageError(RemoraError):
    """Wrong usage or settings."""

    exit_code = 2


class InputRefused(RemoraError):
    """An input refused as a whole, or any record refused under --strict."""

    exit_code = 3


class StoreError(RemoraError):
    """The store cannot be used as it is."""

    exit_code = 4


class StoreInUse(StoreError):
    """Another process holds the store; the message names it."""


class StoreDamaged(StoreError):
    """The store's files do not hold what was written; the message says which."""


class Reason(StrEnum):
    """Why a record was not read, or was read and left alone."""

    BAD_JSON = "bad_json"
    BAD_ENCODING = "bad_encoding"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    UNKNOWN_FORM = "unknown_form"
    MISSING_FIELD = "missing_field"
    WRONG_TYPE = "wrong_type"
    BAD_NUMBER = "bad_number"
    OUT_OF_RANGE = "out_of_range"
    TOO_PRECISE = "too_precise"
    BAD_ADDRESS = "bad_address"
    BAD_TIME = "bad_time"
    UNKNOWN_VALUE = "unknown_value"
    NO_LOOKUP = "no_lookup"
    UNKNOWN_POOL = "unknown_pool"
    LOG_TRUNCATED = "log_truncated"
    CONTRADICTION = "contradiction"
    FAILED_TRANSACTION = "failed_transaction"
    NO_FACTS = "no_facts"
    FOREIGN = "foreign"
    ACKNOWLEDGEMENT = "acknowledgement"
    CRASHED_DECODER = "crashed_decoder"


class Undecodable(msgspec.Struct, frozen=True, kw_only=True):
    """One record (or one event of it) that could not be read.

    `where` names the field, event or instruction; `detail` says it in words, with what to do where that helps.
    """

    reason: Reason
    detail: str
    where: str = ""


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """One record (or one event of it) that was understood and holds no fact."""

    reason: Reason
    detail: str
    where: str = ""
