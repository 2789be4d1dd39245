# Runs a command of WASI preview 1 in wasmtime, with wasmtime's own WASI, once for each question of a folder:
# N.question in; N.stdout, N.stderr and N.code out.
import sys
from pathlib import Path

folder, module, questions = sys.argv[1:]
sys.path.insert(0, folder)
from wasmtime import Engine, ExitTrap, Linker, Module, Store, WasiConfig

engine = Engine()
linker = Linker(engine)
linker.define_wasi()
module = Module.from_file(engine, module)


def run(question):
    wasi = WasiConfig()
    wasi.stdin_file = str(question)
    wasi.stdout_file = str(question.with_suffix(".stdout"))
    wasi.stderr_file = str(question.with_suffix(".stderr"))
    store = Store(engine)
    store.set_wasi(wasi)
    try:
        linker.instantiate(store, module).exports(store)["_start"](store)
    except ExitTrap as exit:
        return exit.code
    return 0


for question in Path(questions).glob("*.question"):
    question.with_suffix(".code").write_text(str(run(question)))
