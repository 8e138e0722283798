"""A package's source as syntax trees, and what each module imports and calls."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "emovox"


@dataclass(frozen=True)
class Import:
    """One imported module: its full name, the line, whether a function or only a type needs it."""

    target: str
    names: tuple[str, ...]
    line: int
    in_function: bool


@dataclass(frozen=True)
class Module:
    """One module of a tree."""

    name: str
    path: Path
    source: str
    is_package: bool

    @cached_property
    def syntax(self) -> ast.Module:
        return ast.parse(self.source)

    @property
    def room(self) -> str:
        """Part of the package that it belongs to; the package's own name for its root."""
        return self.name.split(".")[1] if "." in self.name else PACKAGE

    @cached_property
    def aliases(self) -> dict[str, str]:
        """Name in the module -> full name of what was imported under it."""
        found: dict[str, str] = {}
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    found[alias.asname or first] = alias.name if alias.asname else first
            elif isinstance(node, ast.ImportFrom):
                base = self.base(node)
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{base}.{alias.name}"
        return found

    def base(self, node: ast.ImportFrom) -> str:
        """Full name of the module that `node` imports from."""
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + (1 if self.is_package else 0)]
        return ".".join([*parts, node.module] if node.module else parts)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Each call with the full name of what is called, as far as the imports tell it."""
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.Call):
                yield self.full_name(node.func), node

    def full_name(self, node: ast.expr) -> str:
        """Dotted name of an expression, its first part resolved through the imports."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        first = self.aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "?"
        return ".".join([first, *reversed(parts)])


class Tree:
    """All modules of the package below `source` (the folder that holds the package)."""

    def __init__(self, source: Path) -> None:
        self.modules: dict[str, Module] = {}
        for path in sorted((source / PACKAGE).rglob("*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            self.modules[name] = Module(name, path, path.read_text("utf-8"), is_package)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.modules.values())

    def imports(self, module: Module) -> list[Import]:
        """What a module imports, without what only type checkers see."""
        found: list[Import] = []
        self._collect(module, module.syntax, False, found)
        return found

    def external(self, module: Module) -> list[Import]:
        """Imports from outside the package and the standard library."""
        return [
            each
            for each in self.imports(module)
            if (top := each.target.partition(".")[0]) != PACKAGE
            and top not in sys.stdlib_module_names
        ]

    def internal(self, module: Module) -> list[Import]:
        """Imports of other modules of the package."""
        return [each for each in self.imports(module) if each.target in self.modules]

    def _collect(self, module: Module, node: ast.AST, inside: bool, found: list[Import]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                for other in child.orelse:
                    self._collect(module, other, inside, found)
            elif isinstance(child, ast.Import):
                found += [Import(each.name, (), child.lineno, inside) for each in child.names]
            elif isinstance(child, ast.ImportFrom):
                found += self._from(module, child, inside)
            else:
                is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                self._collect(module, child, inside or is_function, found)

    def _from(self, module: Module, node: ast.ImportFrom, inside: bool) -> list[Import]:
        """`from a import b` imports the module a.b where there is one, else a."""
        base = module.base(node)
        found: dict[str, list[str]] = {}
        for alias in node.names:
            whole = f"{base}.{alias.name}"
            target = whole if whole in self.modules else base
            found.setdefault(target, []).append(alias.name)
        return [
            Import(target, tuple(names), node.lineno, inside) for target, names in found.items()
        ]
