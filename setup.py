"""Builds each NAME.pyx below cext/, in whatever folder, into the extension mockwave._NAME.

Between themselves the modules say `from mockwave._NAME cimport …`: NAME.pxd is shown to Cython under that name.

MOCKWAVE_DEBUG_BUILD=1 makes the debug build: bounds checks on, line tracing, -O0 -g.
MOCKWAVE_SANITIZE=address adds AddressSanitizer to it (run with libasan preloaded).
"""

import os
import shutil
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

SOURCES = Path("cext")
DEBUG = os.environ.get("MOCKWAVE_DEBUG_BUILD", "") not in ("", "0")
DECLARATIONS = Path("build/declarations")
SANITIZER = os.environ.get("MOCKWAVE_SANITIZE", "")

COMPILE_ARGUMENTS = ["-O0", "-g"] if DEBUG else ["-O3", "-g0", "-DNDEBUG"]
SANITIZER_ARGUMENTS = [f"-fsanitize={SANITIZER}", "-fno-omit-frame-pointer"] if SANITIZER else []

DIRECTIVES = {
    "language_level": 3,
    "boundscheck": DEBUG,
    "wraparound": False,
    "initializedcheck": DEBUG,
    "cdivision": not DEBUG,
    "linetrace": DEBUG,
    "embedsignature": True,
    "freethreading_compatible": False,
}

package_declarations = DECLARATIONS / "mockwave"
package_declarations.mkdir(parents=True, exist_ok=True)
(package_declarations / "__init__.pxd").touch()
for declaration in SOURCES.rglob("*.pxd"):
    shutil.copy2(declaration, package_declarations / f"_{declaration.name}")

HEADERS = sorted({str(header.parent) for header in SOURCES.rglob("*.h")})

extensions = [
    Extension(
        f"mockwave._{source.stem}",
        [str(source)],
        include_dirs=HEADERS,
        extra_compile_args=["-Wall", "-Wno-unused-function", *COMPILE_ARGUMENTS, *SANITIZER_ARGUMENTS],
        extra_link_args=SANITIZER_ARGUMENTS if DEBUG else ["-Wl,-s"],
        define_macros=[("CYTHON_TRACE_NOGIL", "1")] if DEBUG else [],
    )
    for source in sorted(SOURCES.rglob("*.pyx"))
]

setup(
    ext_modules=cythonize(
        extensions,
        compiler_directives=DIRECTIVES,
        build_dir="build/debug-c" if DEBUG else "build/c",
        include_path=[str(DECLARATIONS)],
    )
)
