"""`required_version`: which versions of ftspec may read a project."""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from ftspec.manifest.document import Document
from ftspec.manifest.wording import show_value
from ftspec.model.diagnostics import Diagnostic, Diagnostics

_PATH = "spec/required_version"


def check_version(document: Document, version: str) -> Diagnostics:
    """Check that `version`, that of ftspec, is one that the project takes (specifiers of PEP 440)."""
    wanted = document.spec.get("required_version")
    if not isinstance(wanted, str) or not wanted.strip() or document.is_refused(_PATH):
        return ()
    try:
        accepted = SpecifierSet(wanted).contains(version, prereleases=True)
    except InvalidSpecifier:
        message = f"'required_version' is {show_value(wanted)}, which is not a version specifier"
        return (
            document.locate(Diagnostic("FT033", message, path=_PATH, hint="for example required_version: '>=0.1'")),
        )
    if accepted:
        return ()
    message = f"this is ftspec {version}, and the project wants {show_value(wanted)}"
    hint = "install a version that fits, or change required_version"
    return (document.locate(Diagnostic("FT033", message, path=_PATH, hint=hint)),)
