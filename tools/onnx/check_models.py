"""Checks every exported model of a folder with the checker of ONNX itself.

    python3 check_models.py FOLDER

Exit status 0: all are good; 1: some are not; 77: Debian's python3-onnx is not installed.
"""
import pathlib
import sys

try:
    import onnx
except ImportError:
    print("python3-onnx is not installed")
    sys.exit(77)

paths = sorted(pathlib.Path(sys.argv[1]).glob("*.onnx"))
for path in paths:
    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    keys = sorted(entry.key for entry in model.metadata_props)
    if "threshold" not in keys:
        sys.exit(f"{path}: no threshold in the metadata, only {keys}")
print(f"{len(paths)} models checked, onnx {onnx.__version__}")
sys.exit(0 if paths else 1)
