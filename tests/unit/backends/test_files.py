from __future__ import annotations

from pathlib import Path

from ftspec.backends.files import read_project


def write(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_every_yaml_file_beside_and_below_is_read_by_path(tmp_path):
    write(tmp_path, **{"ftspec.yaml": "p", "b.yml": "b", "a__deep__c.yaml": "c", "notes.md": "n", "z.YAML": "z"})
    files, diagnostics = read_project(tmp_path)
    assert diagnostics == ()
    assert [(file.path, file.text) for file in files] == [("a/deep/c.yaml", "c"), ("b.yml", "b"), ("ftspec.yaml", "p")]


def test_hidden_folders_and_projects_below_are_skipped(tmp_path):
    write(tmp_path, **{"ftspec.yaml": "p", ".git__a.yaml": "a", "sub__ftspec.yaml": "s", "sub__more__b.yaml": "b"})
    assert [file.path for file in read_project(tmp_path)[0]] == ["ftspec.yaml"]


def test_a_project_below_a_hidden_folder_is_read_when_asked_for(tmp_path):
    root = tmp_path / ".hidden" / "with space"
    write(root, **{"ftspec.yaml": "p", "a.yaml": "a"})
    assert [file.path for file in read_project(root)[0]] == ["a.yaml", "ftspec.yaml"]


def test_a_byte_order_mark_is_left_out(tmp_path):
    (tmp_path / "ftspec.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    assert read_project(tmp_path)[0][0].text == "a: 1\r\n"


def test_a_file_that_is_not_there_behind_its_link_is_a_diagnostic(tmp_path):
    write(tmp_path, **{"ftspec.yaml": "p"})
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    (tmp_path / "folder.yaml").mkdir()
    files, diagnostics = read_project(tmp_path)
    assert [file.path for file in files] == ["ftspec.yaml"]
    assert [(found.code, str(found.span)) for found in diagnostics] == [("FT004", "gone.yaml:1:1")]
    assert diagnostics[0].message == "'gone.yaml' cannot be read: no such file or directory"


def test_a_link_to_a_folder_above_does_not_go_round(tmp_path):
    write(tmp_path, **{"ftspec.yaml": "p", "sub__a.yaml": "a"})
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert [file.path for file in read_project(tmp_path)[0]] == ["ftspec.yaml", "sub/a.yaml"]


def test_other_encodings_are_a_fault_only_where_the_file_is_ours(tmp_path):
    (tmp_path / "ftspec.yaml").write_bytes("a: é".encode("utf-16"))
    (tmp_path / "ours.yaml").write_bytes("x: 1\napiVersion: ftspec/v1 # é".encode("latin-1"))
    (tmp_path / "other.yaml").write_bytes("name: é".encode("latin-1"))
    files, diagnostics = read_project(tmp_path)
    assert [file.path for file in files] == ["other.yaml"]
    assert [(found.code, str(found.span)) for found in diagnostics] == [
        ("FT004", "ftspec.yaml:1:1"),
        ("FT004", "ours.yaml:2:25"),
    ]


def test_a_folder_without_a_project_is_a_diagnostic(tmp_path):
    write(tmp_path, **{"a.yaml": "a"})
    for root, words in [
        (tmp_path, "has no ftspec.yaml"),
        (tmp_path / "nowhere", "does not exist"),
        (tmp_path / "a.yaml", "is not a folder"),
        (Path("nowhere at all"), "'nowhere at all' does not exist"),
    ]:
        files, (found,) = read_project(root)
        assert (files, found.code, found.span) == ((), "FT005", None)
        assert words in found.message
        assert "-C" in found.hint


def test_a_manifest_in_utf_16_is_a_fault_and_not_somebody_elses(tmp_path):
    (tmp_path / "ftspec.yaml").write_text("apiVersion: ftspec/v1\n", encoding="utf-8")
    (tmp_path / "models.yaml").write_text("apiVersion: ftspec/v1\n", encoding="utf-16")
    files, found = read_project(tmp_path)
    assert [file.path for file in files] == ["ftspec.yaml"]
    assert [(fault.code, fault.span.path) for fault in found] == [("FT004", "models.yaml")]
