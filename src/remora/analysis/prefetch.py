"""Ask the processor for a row of a table some rows before it is needed.

In arrival order each trade touches another position: without this the kernel waits for memory most of the time.
A prefetch changes no value, so it can change no result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic

_LINE_BYTES = 64


def _prefetch(typing_context: Any, table: Any, row: Any, line: Any) -> Any:
    """prefetch(table, row, line): the line-th 64 bytes of that row of a two-dimensional C array. Gives nothing."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        stride = cgutils.unpack_tuple(builder, array.strides, 2)[0]
        place = builder.sext(arguments[1], stride.type) if arguments[1].type.width < 64 else arguments[1]
        number = builder.mul(arguments[2], ir.Constant(arguments[2].type, _LINE_BYTES))
        offset = builder.add(builder.mul(place, stride), number)
        address = cgutils.pointer_add(builder, array.data, offset, ir.IntType(8).as_pointer())
        word = ir.IntType(32)
        function_type = ir.FunctionType(ir.VoidType(), [address.type, word, word, word])
        function = builder.module.declare_intrinsic("llvm.prefetch", [address.type], function_type)
        builder.call(function, [address, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(table, row, types.int64), generate


prefetch = cast("Callable[[Any, Any, int], None]", intrinsic(_prefetch))
