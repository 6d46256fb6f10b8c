"""Runs a small program line by line and tells every step; knows integers, lists, if, for, while and def, and no picture."""

from __future__ import annotations

import ast
import operator

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Gt: operator.gt,
    ast.Lt: operator.lt,
    ast.Eq: operator.eq,
}
_SIGNS = {ast.Gt: ">", ast.Lt: "<", ast.Eq: "=="}


def run(lines: tuple[str, ...]) -> list[str]:
    """What happens, step by step; the last step is what is printed."""
    steps: list[str] = []
    _Run(steps).block(ast.parse("\n".join(lines)).body, {})
    return steps


class _Run:
    def __init__(self, steps: list[str]):
        self.steps = steps

    def block(self, body: list[ast.stmt], names: dict) -> None:
        for line in body:
            self.line(line, names)

    def line(self, line: ast.stmt, names: dict) -> None:
        match line:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.name(name, self.value(value, names), names)
            case ast.AugAssign(target=ast.Name(id=name), op=sign, value=value):
                self.name(name, _OPERATORS[type(sign)](names[name], self.value(value, names)), names)
            case ast.If(test=test, body=body, orelse=orelse):
                self.block(body if self.holds(test, names) else orelse, names)
            case ast.For(target=ast.Name(id=name), iter=items, body=body):
                for item in self.value(items, names):
                    self.name(name, item, names)
                    self.block(body, names)
            case ast.While(test=test, body=body):
                while self.holds(test, names):
                    self.block(body, names)
            case ast.FunctionDef(name=name):
                names[name] = line
            case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[value])):
                self.steps.append(str(self.value(value, names)))

    def name(self, name: str, value: int | list, names: dict) -> None:
        names[name] = value
        self.steps.append(f"{name} = {value}")

    def holds(self, test: ast.expr, names: dict) -> bool:
        """Told with the numbers in place of the names: '7 > 5: yes'."""
        left, right = self.value(test.left, names), self.value(test.comparators[0], names)
        sign = type(test.ops[0])
        true = _OPERATORS[sign](left, right)
        self.steps.append(f"{left} {_SIGNS[sign]} {right}: {'yes' if true else 'no'}")
        return true

    def value(self, node: ast.expr, names: dict) -> int | list | range:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return names[name]
            case ast.List(elts=items):
                return [self.value(item, names) for item in items]
            case ast.BinOp(left=left, op=sign, right=right):
                return _OPERATORS[type(sign)](self.value(left, names), self.value(right, names))
            case ast.Subscript(value=items, slice=at):
                return self.value(items, names)[self.value(at, names)]
            case ast.Call(func=ast.Name(id="range"), args=ends):
                return range(*[self.value(end, names) for end in ends])
            case ast.Call(func=ast.Name(id=name), args=[given]):
                return self.call(name, self.value(given, names), names)
        raise ValueError(f"the small language has no {ast.dump(node)}")

    def call(self, name: str, given: int, names: dict) -> int:
        inside = {**names, names[name].args.args[0].arg: given}
        *body, back = names[name].body
        self.block(body, inside)
        value = self.value(back.value, inside)
        self.steps.append(f"{name}({given}) = {value}")
        return value
