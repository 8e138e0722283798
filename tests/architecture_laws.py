"""The laws of docs/architecture.md: each takes a source tree and returns what breaks it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from source_tree import PACKAGE, Import, Module, Tree

LEVELS = {
    "errors": 0,
    "labels": 1, "registry": 1, "atomic": 1, "visible": 1, "demo": 1, "randomness": 1,
    "audio": 2, "corpora": 2,
    "features": 3, "encoders": 3,
    "methods": 4, "engine": 4, "models": 4,
    "inference": 5, "report": 5, "evaluation": 5,
    "cli": 6, "server": 6,
    PACKAGE: 7, "__main__": 7,
}  # fmt: skip
"""Room -> its height above the sea: a room imports from its own height and from below."""

ROOMS_OF_PACKAGE: dict[str, frozenset[str]] = {
    "numpy": frozenset(LEVELS),
    "soundfile": frozenset({"audio"}),
    "soxr": frozenset({"audio"}),
    "onnxruntime": frozenset({"models"}),
    "typer": frozenset({"cli"}),
}
"""Package of the light core -> rooms that may import it; all others come through `need`."""

ALSO_IMPORTS: dict[str, frozenset[str]] = {
    # The hash of the sound is that of the samples as they lie in the file, before resampling.
    "emovox.corpora.content": frozenset({"soundfile"}),
    # Asks the decoder which formats it has.
    "emovox.cli.doctor": frozenset({"soundfile"}),
    # Each octave is computed at half the rate of the one above.
    "emovox.features.constant_q": frozenset({"soxr"}),
}
"""Module -> packages of the light core that it may import although its room may not, and why."""

TOP_LEVEL_OPTIONAL = {
    "emovox.methods.classic": frozenset({"sklearn", "scipy", "joblib"}),
    "emovox.methods.networks": frozenset({"torch", "sklearn"}),
    "emovox.engine": frozenset({"torch"}),
    **{
        f"emovox.encoders.{name}": frozenset({"torch"})
        for name in ("frames", "pooling", "speech", "student", "tuning")
    },
    "emovox.server": frozenset(
        {"starlette", "uvicorn", "python_multipart", "websockets", "h11", "markdown_it"}
    ),
}
"""Sub-packages that exist only for an optional package may import it at their top, and what it
cannot be installed without."""

WITHOUT_THEM = frozenset({"emovox.methods.networks.method", "emovox.methods.networks.systems"})
"""Modules of those sub-packages that are read without these packages: to list what there is."""

NEVER_IN_THE_LIGHT_CORE = frozenset(
    {
        "torch",
        "sklearn",
        "scipy",
        "pandas",
        "librosa",
        "transformers",
        "matplotlib",
        "rich",
        "numba",
    }
)

ONLY_WHEN_ASKED: dict[str, frozenset[str]] = {
    # An audformat folder has its header in YAML and may have its tables in parquet; predicting
    # opens no corpus.
    "emovox.corpora.audformat": frozenset({"yaml", "pandas"}),
}
"""Module -> optional packages that it may ask `need` for although its room may not."""

ROOMS_WITHOUT_OPTIONAL: dict[str, frozenset[str]] = {
    "corpora": frozenset(),
    "report": frozenset(),
    "features": frozenset({"joblib"}),
    "audio": frozenset(),
}
"""Room -> the only optional packages that it may ask `need` for."""

LIGHT_CORE = (PACKAGE, "emovox.cli.main", "emovox.cli.predict", "emovox.inference")
"""Where `import emovox`, `emovox.load()` and `emovox predict` begin."""

WRITERS = {
    "emovox.atomic": "the way to write",
    "emovox.evaluation.records": "appends a line as each fold ends",
    "emovox.engine.log": "appends a line as each epoch ends; checkpoints hold the same",
    "emovox.methods.classic.ledger": "appends a line as each setting is scored",
    "emovox.server.spool": "what a client sends, until it has been answered; nobody reads it later",
    "emovox.models.writing": "writes a folder beside the target and renames the folder",
}
"""Modules that may open a file for writing, and why."""

READERS: dict[str, frozenset[str]] = {
    # What it has itself encoded in memory a moment before.
    "soundfile.read": frozenset({"emovox.audio.augment.codec"}),
    "soundfile.info": frozenset(),
    "soundfile.blocks": frozenset(),
    "soundfile.SoundFile": frozenset({"emovox.audio.decode", "emovox.corpora.content"}),
    "av.open": frozenset(),
    "numpy.load": frozenset(),
    "numpy.loadtxt": frozenset(),
    "numpy.genfromtxt": frozenset(),
    "json.load": frozenset(),
    "json.loads": frozenset(
        {
            "emovox.models.strict_json",
            "emovox.corpora.table",
            "emovox.evaluation.records",
            "emovox.methods.classic.ledger",
            # config.json and an index of weights, 4 MB at most.
            "emovox.encoders.finding",
            # From the server's own workers, each frame of a declared and bounded length.
            "emovox.server.frames",
            # The value of one --set, which the system's longest argument bounds.
            "emovox.cli.settings",
        }
    ),
    "zipfile": frozenset(),
    "tarfile": frozenset(),
    # Asks for parts of a file, and reads no more than it asked for.
    "urllib.request": frozenset({"emovox.models.fetching"}),
    "http.client": frozenset(),
    # Binds what it listens at; what comes in is bounded by emovox.server.connections.
    "socket": frozenset({"emovox.server.serving"}),
}
"""What reads data from outside -> the modules that bound it (size, depth, duration)."""

UNSAFE_MODULES = frozenset(
    {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal"}
)
UNSAFE_CALLS = frozenset(
    {"eval", "exec", "compile", "os.system", "os.popen", "joblib.load", "joblib.dump",
     "pandas.read_pickle", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "__import__"}
)  # fmt: skip

MUTATORS = frozenset(
    {"append", "add", "update", "setdefault", "extend", "insert", "pop", "popitem", "clear",
     "remove", "discard", "appendleft"}
)  # fmt: skip

SEEDED_RANDOM = frozenset(
    {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64", "Philox", "RandomState"}
)


def imports_that_flow_uphill(tree: Tree) -> list[str]:
    """Law 1: a room imports from its own height and from below."""
    found = []
    for module in tree:
        if module.room not in LEVELS:
            found.append(f"{module.name}: the room {module.room!r} has no height in LEVELS")
            continue
        for each in _edges(tree, module):
            room = tree.modules[each.target].room
            if LEVELS.get(room, 99) > LEVELS[module.room]:
                found.append(f"{_place(module, each.line)}: {module.room} imports {each.target}")
    return found


def circles(tree: Tree) -> list[str]:
    """Law 1: neither modules nor rooms import one another in a circle."""
    modules = {module.name: {each.target for each in _edges(tree, module)} for module in tree}
    rooms: dict[str, set[str]] = {}
    for name, targets in modules.items():
        room = tree.modules[name].room
        rooms.setdefault(room, set()).update(
            other for target in targets if (other := tree.modules[target].room) != room
        )
    return [
        f"a circle: {' -> '.join(circle)}"
        for graph in (modules, rooms)
        if (circle := _circle(graph))
    ]


def heavy_imports_of_the_light_core(tree: Tree) -> list[str]:
    """Law 2: nothing that predicting reaches imports a heavy package, not even lazily."""
    found = []
    for name in sorted(_reached(tree)):
        module = tree.modules[name]
        for each in tree.external(module):
            top = each.target.partition(".")[0]
            if top not in ROOMS_OF_PACKAGE:
                found.append(f"{_place(module, each.line)}: the light core imports {each.target}")
        for package, line in _needed(module):
            if package in NEVER_IN_THE_LIGHT_CORE - ONLY_WHEN_ASKED.get(name, frozenset()):
                found.append(f"{_place(module, line)}: the light core needs {package}")
    return found


def optional_packages_outside_need(tree: Tree) -> list[str]:
    """Law 3: optional packages come in functions, through `need`, where the room may have them."""
    found = []
    for module in tree:
        free = next(
            (
                names
                for prefix, names in TOP_LEVEL_OPTIONAL.items()
                if _within(module, prefix) and module.name not in WITHOUT_THEM
            ),
            frozenset(),
        )
        for each in tree.external(module):
            top = each.target.partition(".")[0]
            if top in free or top in ALSO_IMPORTS.get(module.name, ()):
                continue
            if module.room not in ROOMS_OF_PACKAGE.get(top, ()):
                found.append(
                    f"{_place(module, each.line)}: {module.room} imports {each.target}; "
                    "use emovox.errors.need in the function that wants it"
                )
        allowed = ROOMS_WITHOUT_OPTIONAL.get(module.room)
        excepted = ONLY_WHEN_ASKED.get(module.name, frozenset())
        for package, line in _needed(module):
            if allowed is not None and package not in allowed | excepted:
                found.append(f"{_place(module, line)}: {module.room} needs {package}")
        if not free:
            found += [
                f"{_place(module, node.lineno)}: need() is called while importing"
                for node in _outside_functions(module.syntax)
                if isinstance(node, ast.Call)
                and module.full_name(node.func).endswith("errors.need")
            ]
    return found


def global_state(tree: Tree) -> list[str]:
    """Law 4: no module-level caches that grow, no `global`, no global random generator."""
    found = []
    for module in tree:
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.Global):
                found.append(f"{_place(module, node.lineno)}: global {', '.join(node.names)}")
            if isinstance(node, ast.FunctionDef):
                found += [
                    f"{_place(module, node.lineno)}: {node.name} has a cache without bound"
                    for decorator in node.decorator_list
                    if _is_unbounded_cache(module, decorator)
                ]
        for name, call in module.calls():
            parts = name.split(".")
            if parts[:2] == ["numpy", "random"] and parts[-1] not in SEEDED_RANDOM:
                found.append(f"{_place(module, call.lineno)}: {name} uses the global generator")
            is_module = parts[0] == "random" and any(
                target.partition(".")[0] == "random" for target in module.aliases.values()
            )
            if is_module and parts[1:] not in (["Random"], ["SystemRandom"]):
                found.append(f"{_place(module, call.lineno)}: {name} uses the global generator")
        found += _changed_module_tables(module)
    return found


def writing_past_atomic(tree: Tree) -> list[str]:
    """Law 5: files are written through emovox.atomic."""
    found = []
    for module in tree:
        if module.name in WRITERS:
            continue
        harmless = _inside_replacing(module) | _into_memory(module)
        for name, call in module.calls():
            if call not in harmless and (how := _writes(module, name, call)):
                found.append(f"{_place(module, call.lineno)}: {how}; write through emovox.atomic")
    return found


def unsafe_reading(tree: Tree) -> list[str]:
    """Law 6: no pickle, no eval, no unsafe YAML, no shell, no weights that may hold code."""
    found = []
    for module in tree:
        for each in tree.imports(module):
            if each.target.partition(".")[0] in UNSAFE_MODULES:
                found.append(f"{_place(module, each.line)}: imports {each.target}")
        for name, call in module.calls():
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            if name in UNSAFE_CALLS or name.partition(".")[0] in UNSAFE_MODULES:
                found.append(f"{_place(module, call.lineno)}: calls {name}")
            if name == "torch.load" and not _is_true(keywords.get("weights_only")):
                found.append(f"{_place(module, call.lineno)}: torch.load without weights_only=True")
            if any(_is_true(keywords.get(key)) for key in ("allow_pickle", "shell")):
                found.append(f"{_place(module, call.lineno)}: {name} with allow_pickle or shell")
    return found


def unbounded_readers(tree: Tree) -> list[str]:
    """Data from outside is read only by the modules that bound it."""
    found = []
    for module in tree:
        uses = [(name, call.lineno) for name, call in module.calls()]
        uses += [(each.target, each.line) for each in tree.imports(module)]
        for name, line in uses:
            for reader, allowed in READERS.items():
                if (name == reader or name.startswith(f"{reader}.")) and module.name not in allowed:
                    found.append(f"{_place(module, line)}: {name} is for {sorted(allowed)} only")
    return sorted(set(found))


def careless_code(tree: Tree) -> list[str]:
    """No print outside cli/, no bare except, no assert, no file over 800 lines."""
    found = []
    for module in tree:
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.ExceptHandler) and node.type is None:
                found.append(f"{_place(module, node.lineno)}: a bare except")
            if isinstance(node, ast.Assert):
                found.append(f"{_place(module, node.lineno)}: an assert")
        for name, call in module.calls():
            if name in ("print", "sys.stdout.write", "sys.stderr.write") and module.room != "cli":
                found.append(f"{_place(module, call.lineno)}: {name} outside cli/")
        lines = module.source.count("\n")
        if lines > 800:
            found.append(f"{module.name}: {lines} lines; split it")
    return found


def logic_in_init(tree: Tree) -> list[str]:
    """`__init__.py` files list names (lazily where that matters), and that is all."""
    found = []
    for module in tree:
        if module.is_package:
            found += [
                f"{_place(module, node.lineno)}: logic in __init__.py"
                for node in module.syntax.body
                if not _is_listing(node)
            ]
    return found


def functions_named_like_rooms(tree: Tree) -> list[str]:
    """Law 8: no public function or class has the name of a sub-package."""
    rooms = {module.name.split(".")[-1] for module in tree if module.is_package}
    found = []
    for module in tree:
        for node in module.syntax.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in rooms:
                found.append(f"{_place(module, node.lineno)}: {node.name} is also a sub-package")
    return found


LAWS: tuple[Callable[[Tree], list[str]], ...] = (
    imports_that_flow_uphill,
    circles,
    heavy_imports_of_the_light_core,
    optional_packages_outside_need,
    global_state,
    writing_past_atomic,
    unsafe_reading,
    unbounded_readers,
    careless_code,
    logic_in_init,
    functions_named_like_rooms,
)


def _place(module: Module, line: int) -> str:
    return f"{module.name}, line {line}"


def _within(module: Module, prefix: str) -> bool:
    return module.name == prefix or module.name.startswith(f"{prefix}.")


def _edges(tree: Tree, module: Module) -> Iterator[Import]:
    """Imports inside the package; the version number may be read from the root by anybody."""
    for each in tree.internal(module):
        if each.target != module.name and not (
            each.target == PACKAGE and set(each.names) <= {"__version__"}
        ):
            yield each


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of a graph, or nothing."""
    done: set[str] = set()

    def walk(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        if node in done:
            return []
        for other in sorted(graph.get(node, ())):
            if circle := walk(other, [*trail, node]):
                return circle
        done.add(node)
        return []

    for start in sorted(graph):
        if circle := walk(start, []):
            return circle
    return []


def _reached(tree: Tree) -> set[str]:
    """Modules that the light core's beginnings import, with the packages around them."""
    waiting = [name for name in tree.modules if name in LIGHT_CORE]
    waiting += [module.name for module in tree if _within(module, "emovox.inference")]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        waiting += [each.target for each in tree.internal(tree.modules[name])]
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return reached


def _needed(module: Module) -> Iterator[tuple[str, int]]:
    """Packages that a module asks `need` or `import_module` for by a literal name."""
    for name, call in module.calls():
        if name.endswith(("errors.need", "importlib.import_module")) and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value.partition(".")[0], call.lineno


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def _is_unbounded_cache(module: Module, decorator: ast.expr) -> bool:
    call = decorator if isinstance(decorator, ast.Call) else None
    name = module.full_name(call.func if call else decorator)
    if name == "functools.cache":
        return True
    if name != "functools.lru_cache" or call is None:
        return False
    sizes = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "maxsize")]
    return any(isinstance(size, ast.Constant) and size.value is None for size in sizes)


def _changed_module_tables(module: Module) -> list[str]:
    """Functions that change a dictionary, list or set of the module's top level."""
    tables = set()
    for node in module.syntax.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        value = getattr(node, "value", None)
        is_table = isinstance(value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp)
        if isinstance(value, ast.Call):
            is_table = module.full_name(value.func).split(".")[-1] in (
                "dict", "list", "set", "defaultdict", "OrderedDict", "deque", "Counter",
            )  # fmt: skip
        if is_table:
            tables |= {target.id for target in targets if isinstance(target, ast.Name)}
    found = []
    for function in ast.walk(module.syntax):
        if isinstance(function, ast.FunctionDef):
            local = {arg.arg for arg in ast.walk(function.args) if isinstance(arg, ast.arg)}
            local |= {
                node.id
                for node in ast.walk(function)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            found += [
                f"{_place(module, line)}: {function.name} changes {name}"
                for name, line in _changes(function)
                if name in tables - local
            ]
    return found


def _changes(function: ast.FunctionDef) -> Iterator[tuple[str, int]]:
    """Names whose content a function changes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            changed: ast.expr = node.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in MUTATORS
        ):
            changed = node.func.value
        else:
            continue
        if isinstance(changed, ast.Name):
            yield changed.id, node.lineno


def _inside_replacing(module: Module) -> set[ast.AST]:
    """Nodes inside a `with replacing(...)` block."""
    inside: set[ast.AST] = set()
    for node in ast.walk(module.syntax):
        if isinstance(node, ast.With) and any(
            isinstance(item.context_expr, ast.Call)
            and module.full_name(item.context_expr.func).endswith("atomic.replacing")
            for item in node.items
        ):
            inside.update(child for part in node.body for child in ast.walk(part))
    return inside


def _into_memory(module: Module) -> set[ast.AST]:
    """Calls whose first argument is a name that holds an `io.BytesIO` or `io.StringIO`."""
    buffers = {
        target.id
        for node in ast.walk(module.syntax)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and module.full_name(node.value.func) in ("io.BytesIO", "io.StringIO")
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {
        call
        for _, call in module.calls()
        if call.args and isinstance(call.args[0], ast.Name) and call.args[0].id in buffers
    }


def _writes(module: Module, name: str, call: ast.Call) -> str:
    """How a call writes to a file, or nothing."""
    last = name.split(".")[-1]
    if last in ("write_text", "write_bytes") and not name.startswith(f"{PACKAGE}.atomic."):
        return f"{name}()"
    if name in (
        "os.rename", "os.replace", "shutil.move", "shutil.copy", "shutil.copy2",
        "shutil.copyfile", "shutil.copytree", "numpy.save", "numpy.savez",
        "numpy.savez_compressed", "numpy.savetxt", "soundfile.write",
    ):  # fmt: skip
        return f"{name}()"
    if name == "os.open" and not (call.args and module.full_name(call.args[0]) == "os.devnull"):
        words = ast.dump(call)
        return "os.open for writing" if any(f"O_{w}" in words for w in ("WRONLY", "RDWR")) else ""
    if name in ("open", "io.open", "gzip.open", "bz2.open", "lzma.open") or last == "open":
        # The mode is the second argument of the functions and the first of Path.open.
        is_function = name in ("open", "io.open", "gzip.open", "bz2.open", "lzma.open")
        modes = [*call.args[1:2]] if is_function else [*call.args[:1]]
        modes += [word.value for word in call.keywords if word.arg == "mode"]
        for mode in modes:
            text = mode.value if isinstance(mode, ast.Constant) else ""
            if isinstance(text, str) and set(text) <= set("rwaxbt+") and set(text) & set("wax+"):
                return f"{name}(..., {text!r})"
    return ""


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_listing(node: ast.stmt) -> bool:
    """Docstring, import, names, constants, lazy loading: what an `__init__.py` may hold."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in ast.dump(node.test) and _all_imports(node.body)
    if isinstance(node, ast.FunctionDef):
        return node.name in ("__getattr__", "__dir__")
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return node.value is not None and not any(
            isinstance(part, ast.Call | ast.Lambda | ast.BinOp) for part in ast.walk(node.value)
        )
    return False


def _all_imports(body: Iterable[ast.stmt]) -> bool:
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)
