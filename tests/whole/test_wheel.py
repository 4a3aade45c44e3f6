"""The wheel holds what the program reads, and the program in it runs."""

import subprocess
import sys
import venv
import zipfile

import pytest

from tests.support.places import ROOT
from tests.support.waiting import LONG


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_all_data_files(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    data = [
        path.relative_to(ROOT).as_posix()
        for package in ("registry", "federation", "ontology", "shapes")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert len(data) > 100
    assert [name for name in data if name not in names] == []


def test_the_installed_wheel_reads_its_vocabulary_and_shapes(wheel, tmp_path):
    venv.create(tmp_path / "venv", system_site_packages=False, with_pip=False)
    # The dependencies are those of this run; only our own packages come from the wheel.
    dependencies = [path for path in sys.path if path.endswith("site-packages")]
    program = (
        f"import sys; sys.path[:0] = [{str(wheel)!r}]; sys.path += {dependencies!r}\n"
        "from registry.vocabulary import concepts\n"
        "assert concepts.__file__.startswith(sys.path[0]), concepts.__file__\n"
        "print(len(concepts.concepts('force')), len(concepts.shape_files()))\n"
    )
    python = tmp_path / "venv" / "bin" / "python"
    command = [str(python), "-I", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert all(int(number) > 2 for number in done.stdout.split())
