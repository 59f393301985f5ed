"""Runs the code cells of a notebook in one process, as Jupyter would, without Jupyter.

python3 notebook.py FILE.ipynb          prints a JSON list: what each code cell printed
python3 notebook.py FILE.ipynb --write  stores that in the notebook as its outputs
"""
import contextlib
import io
import json
import os
import sys

os.environ["MPLBACKEND"] = "Agg"
path = sys.argv[1]
with open(path, encoding="utf-8") as file:
    notebook = json.load(file)
names = {"__name__": "__main__"}
printed = []
for number, cell in enumerate(notebook["cells"]):
    if cell["cell_type"] != "code":
        continue
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
    text = out.getvalue()
    printed.append(text)
    lines = text.splitlines(keepends=True)
    cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": lines}] if lines else []
    cell["execution_count"] = len(printed)
if "--write" in sys.argv:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(notebook, file, indent=1, ensure_ascii=False)
        file.write("\n")
else:
    print(json.dumps(printed))
