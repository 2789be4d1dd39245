# Answers questions with the component in wasmtime: JSON in, JSON out.
import json
import sys

folder, path, interface = sys.argv[1:]
sys.path.insert(0, folder)
from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Record, Variant

engine = Engine()
store = Store(engine)
# A linker that defines nothing: what the component imported, it would not get.
instance = Linker(engine).instantiate(store, Component.from_file(engine, path))
exported = instance.get_export_index(store, interface)
process = instance.get_func(store, instance.get_export_index(store, "process", exported))


def camel(name):
    first, *rest = name.split("-")
    return first + "".join(word.capitalize() for word in rest)


def plain(value):
    """The value as jco would show it; what is none is left out."""
    if isinstance(value, Record):
        fields = {camel(name): plain(field) for name, field in vars(value).items()}
        return {name: field for name, field in fields.items() if field is not None}
    if isinstance(value, Variant):
        return {"failure": value.tag, "reason": plain(value.payload)}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def answer(question):
    value = plain(process(store, question))
    process.post_return(store)
    return value


json.dump([answer(question) for question in json.load(sys.stdin)], sys.stdout)
