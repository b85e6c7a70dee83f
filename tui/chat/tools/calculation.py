"""Exact arithmetic for a model: whole numbers, decimals and fractions, within bounds. Runs no code. Pure."""

import ast
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

LONGEST = 500
_MOST_BITS = 40_000
_MOST_DIGITS = 2_000
_DEEPEST = 60


class CalculationError(ValueError):
    """The text is no arithmetic, or its result is too large; the message says which."""


def calculate(expression: str) -> str:
    """The exact value of an expression of numbers, + - * / // % **, brackets, and a few functions.

    Returns:
        A whole number or a decimal where that is exact, else a fraction with its decimal value behind "≈".

    Raises:
        CalculationError: see the class.
    """
    text = " ".join(expression.split()).replace("^", "**").replace("×", "*").replace("÷", "/").replace("−", "-")
    if not text or len(text) > LONGEST:
        raise CalculationError(f"An expression has 1 to {LONGEST} characters.")
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise CalculationError(f"This is no arithmetic: {text[:80]}") from None
    return _written(_value(tree.body, text, 0))


def _value(node: ast.expr, text: str, depth: int) -> Fraction:
    if depth > _DEEPEST:
        raise CalculationError("The expression is nested too deeply.")
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            written = text.encode()[node.col_offset : node.end_col_offset].decode().replace("_", "")
            return Fraction(int(written, 0)) if written[:2].lower() in ("0x", "0b", "0o") else _decimal_number(written)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, text, depth + 1)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, text, depth + 1)
        case ast.BinOp(left=left, op=operator, right=right):
            return _bounded(_combined(operator, _value(left, text, depth + 1), _value(right, text, depth + 1)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            values = [_value(argument, text, depth + 1) for argument in arguments]
            try:
                return _bounded(_FUNCTIONS[name](values))
            except CalculationError:
                raise
            except (IndexError, TypeError, ValueError):
                raise CalculationError(f"{name} does not take that.") from None
        case _:
            known = ", ".join(_FUNCTIONS)
            raise CalculationError(f"Only numbers, + - * / // % ** ( ) and {known} can be calculated.")


def _decimal_number(written: str) -> Fraction:
    exponent = written.lower().partition("e")[2]
    if len(exponent.lstrip("+-0")) > 5:  # before the power of ten is made: no one else gets a turn meanwhile
        raise CalculationError("The result is too large.")
    return _bounded(Fraction(written))


def _combined(operator: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Pow():
            return _power(left, right)
        case ast.Div() | ast.FloorDiv() | ast.Mod() if not right:
            raise CalculationError("Nothing can be divided by 0.")
        case ast.Div():
            return left / right
        case ast.FloorDiv():
            return Fraction(left // right)
        case ast.Mod():
            return left % right
        case _:
            raise CalculationError("Only + - * / // % and ** can be calculated.")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise CalculationError("An exact power has a whole exponent.")
    if not base and exponent < 0:
        raise CalculationError("Nothing can be divided by 0.")
    bits = max(base.numerator.bit_length(), base.denominator.bit_length())
    if bits > 1 and bits * abs(exponent) > _MOST_BITS:
        raise CalculationError("The result is too large.")
    return base ** int(exponent)


def _factorial(values: Sequence[Fraction]) -> Fraction:
    (value,) = values
    if value.denominator != 1 or not 0 <= value <= 1000:
        raise CalculationError("A factorial is of a whole number up to 1000.")
    return Fraction(math.factorial(int(value)))


def _root(values: Sequence[Fraction]) -> Fraction:
    (value,) = values
    if value < 0:
        raise CalculationError("No real number has a negative square.")
    exact = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
    if exact * exact != value:
        digits = 10**20
        near = Fraction(math.isqrt(value.numerator * digits**2 // value.denominator), digits)
        raise CalculationError(f"That root is not exact; it is ≈ {_decimal(near, 20)}.")
    return exact


def _rounded(values: Sequence[Fraction]) -> Fraction:
    value, *places = values
    if len(places) > 1 or any(one.denominator != 1 or abs(one) > _MOST_DIGITS for one in places):
        raise ValueError
    return Fraction(round(value, int(places[0]) if places else 0))


def _common_divisor(values: Sequence[Fraction]) -> Fraction:
    if any(value.denominator != 1 for value in values):
        raise ValueError
    return Fraction(math.gcd(*map(int, values)))


_FUNCTIONS: dict[str, Callable[[Sequence[Fraction]], Fraction]] = {
    "abs": lambda values: abs(values[0]),
    "round": _rounded,
    "floor": lambda values: Fraction(math.floor(values[0])),
    "ceil": lambda values: Fraction(math.ceil(values[0])),
    "min": lambda values: min(values),
    "max": lambda values: max(values),
    "sum": lambda values: sum(values, Fraction()),
    "gcd": _common_divisor,
    "sqrt": _root,
    "factorial": _factorial,
}


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _MOST_BITS:
        raise CalculationError("The result is too large.")
    return value


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return _whole(value.numerator)
    rest, places = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    if rest == 1 and places <= 50:
        return _decimal(value, places)
    fraction = f"{_whole(value.numerator)}/{_whole(value.denominator)}"
    return f"{fraction} ≈ {_decimal(value, 20)}"


def _decimal(value: Fraction, places: int) -> str:
    scaled = round(abs(value) * 10**places)
    whole, part = divmod(scaled, 10**places)
    return f"{'-' if value < 0 else ''}{_whole(whole)}.{part:0{places}d}"


def _whole(number: int) -> str:
    if number.bit_length() > _MOST_DIGITS * 3:  # Python itself refuses to write very long numbers, by default
        raise CalculationError("The result is too long to be written out.")
    return str(number)
