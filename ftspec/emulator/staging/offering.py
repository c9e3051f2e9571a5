"""Where a driver finds files: in a folder of this machine, or, where it knows none, at addresses of their own."""

from __future__ import annotations

from pathlib import Path

from ftspec.emulator.result import UNKNOWN, EncodedResult
from ftspec.emulator.turn import Turn


def offer_files(turn: Turn, folder: Path, names: tuple[str, ...], *, local: str, parallel: int = 1) -> EncodedResult:
    """Tell the driver to copy files of a folder to a local one, as the answer to GET does."""
    body: dict[str, object] = {
        "command": "DOWNLOAD",
        "src_locations": list(names),
        "localLocation": local,
        "parallel": parallel,
        "encryptionMaterial": [],
        "stageInfo": describe_folder(str(folder)),
    }
    server = turn.session.files_at
    if server is not None:
        addresses = [turn.account.addresses.add(folder / name, is_written=False) for name in names]
        body |= {"stageInfo": describe_address(""), "presignedUrls": [server + address for address in addresses]}
    return EncodedResult((), body, 0, UNKNOWN)


def describe_folder(folder: str) -> dict[str, object]:
    """Describe a stage as a folder of this machine."""
    return {
        "locationType": "LOCAL_FS",
        "location": folder,
        "path": "",
        "region": None,
        "storageAccount": None,
        "isClientSideEncrypted": False,
        "creds": {},
        "presignedUrl": None,
        "endPoint": None,
    }


def describe_address(address: str) -> dict[str, object]:
    """Describe a stage as one of a cloud whose files have addresses of their own."""
    return {
        **describe_folder("stage/"),
        "locationType": "GCS",
        "region": "LOCAL",
        "storageAccount": "",
        "presignedUrl": address,
        "endPoint": "",
    }
