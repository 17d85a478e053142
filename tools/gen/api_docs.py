#!/usr/bin/env python3
"""Makes what /api serves out of spec/openapi.yaml: the description as YAML and JSON, a page for people, its
style sheet, and one C++ file that holds all of them.

usage: tools/gen/api_docs.py spec/openapi.yaml STYLE.css OUTPUT_FOLDER

The page needs no script and no inline style, so that the strictest Content-Security-Policy holds.
"""

import hashlib
import html
import json
import pathlib
import re
import sys

import yaml

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


def text(value):
    """Escaped, with `code` marked."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(str(value)))


def paragraphs(value):
    return "".join(f"<p>{text(part.strip())}</p>" for part in re.split(r"\n\s*\n", value or "") if part.strip())


class Page:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        """The node that a local $ref names."""
        while isinstance(node, dict) and "$ref" in node:
            place = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                place = place[step.replace("~1", "/").replace("~0", "~")]
            node = place
        return node

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield path, method, item[method]

    def kind(self, schema):
        """A schema in a few words; named ones are links."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            return f'<a href="#schema-{html.escape(name)}">{html.escape(name)}</a>'
        words = [text(schema.get("type", "anything"))]
        if schema.get("type") == "array":
            words.append("of " + self.kind(schema.get("items", {})))
        if "const" in schema:
            words.append(f"always <code>{html.escape(json.dumps(schema['const']))}</code>")
        if "enum" in schema:
            words.append("one of " + ", ".join(f"<code>{html.escape(json.dumps(v))}</code>" for v in schema["enum"]))
        for key, phrase in (("minimum", "at least"), ("maximum", "at most"), ("format", "format"), ("pattern", "like")):
            if key in schema:
                words.append(f"{phrase} <code>{html.escape(str(schema[key]))}</code>")
        return ", ".join(words)

    def table(self, caption, heads, rows):
        if not rows:
            return ""
        head = "".join(f'<th scope="col">{name}</th>' for name in heads)
        body = "".join('<tr><th scope="row">{}</th>{}</tr>'.format(
            row[0], "".join(f"<td>{cell}</td>" for cell in row[1:])) for row in rows)
        # Reached by the keyboard, since it may have to be scrolled.
        return (f'<div class="table" role="region" aria-label="{caption}" tabindex="0"><table>'
                f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>")

    def parameters(self, operation):
        rows = []
        for parameter in map(self.resolve, operation.get("parameters", [])):
            need = "required" if parameter.get("required") else "optional"
            rows.append((f"<code>{html.escape(parameter['name'])}</code>", parameter["in"], need,
                         self.kind(parameter.get("schema", {})), text(parameter.get("description", ""))))
        return self.table("Parameters", ("Name", "Where", "Need", "Kind", "Meaning"), rows)

    def answers(self, operation):
        rows = []
        for status, response in operation["responses"].items():
            response = self.resolve(response)
            content = "<br>".join(f"<code>{html.escape(media)}</code> {self.kind(body.get('schema', {}))}"
                                  for media, body in response.get("content", {}).items()) or "nothing"
            fields = ", ".join(f"<code>{html.escape(name)}</code>" for name in response.get("headers", {})) or "none"
            status = "any other" if status == "default" else html.escape(status)
            rows.append((status, text(response["description"]), content, fields))
        return self.table("Answers", ("Status", "Meaning", "Content", "Header fields"), rows)

    def security(self, operation):
        needs = operation.get("security", self.document.get("security", []))
        names = [" and ".join(need) or "nothing" for need in needs]
        return f"<p>Needs: {html.escape(' or '.join(names))}.</p>" if names else ""

    def operation(self, path, method, operation):
        examples = "".join(f"<pre><code>{html.escape(json.dumps(body['example'], indent=2))}</code></pre>"
                           for response in map(self.resolve, operation["responses"].values())
                           for body in response.get("content", {}).values() if "example" in body)
        ident = html.escape(operation["operationId"])
        return (f'<article id="{ident}"><h3><span class="method">{method.upper()}</span> '
                f"<code>{html.escape(path)}</code></h3><p><strong>{text(operation['summary'])}</strong></p>"
                f"{paragraphs(operation.get('description'))}{self.security(operation)}"
                f"{self.parameters(operation)}{self.answers(operation)}{examples}</article>")

    def schema(self, name, schema):
        rows = [(f"<code>{html.escape(field)}</code>", "yes" if field in schema.get("required", []) else "no",
                 self.kind(body), text(body.get("description", "")))
                for field, body in schema.get("properties", {}).items()]
        return (f'<article id="schema-{html.escape(name)}"><h3>{html.escape(name)}</h3>'
                f"{paragraphs(schema.get('description'))}"
                f"{self.table('Members', ('Name', 'Always there', 'Kind', 'Meaning'), rows)}</article>")

    def render(self):
        info, components = self.document["info"], self.document.get("components", {})
        links, groups = [], []
        for tag in self.document["tags"]:
            mine = [entry for entry in self.operations() if tag["name"] in entry[2]["tags"]]
            links += [f'<li><a href="#{html.escape(o["operationId"])}"><span class="method">{m.upper()}</span> '
                      f"{html.escape(p)}</a></li>" for p, m, o in mine]
            groups.append(f"<section><h2>{html.escape(tag['name'])}</h2>{paragraphs(tag.get('description'))}"
                          + "".join(self.operation(*entry) for entry in mine) + "</section>")
        fields = [(f"<code>{html.escape(name)}</code>", self.kind(field.get("schema", {})), text(field["description"]))
                  for name, field in components.get("headers", {}).items()]
        schemas = "".join(self.schema(*entry) for entry in components.get("schemas", {}).items())
        return (f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
                f'<meta name="viewport" content="width=device-width, initial-scale=1">'
                f"<title>{html.escape(info['title'])} API {html.escape(info['version'])}</title>"
                f'<link rel="stylesheet" href="/api/docs.css"></head><body>'
                f'<a class="skip" href="#main">Skip to the content</a>'
                f"<header><h1>{html.escape(info['title'])} API <small>{html.escape(info['version'])}</small></h1>"
                f"<p>{text(info['summary'])}</p></header>"
                f'<nav aria-label="Operations"><ul>{"".join(links)}</ul></nav><main id="main">'
                f'{paragraphs(info["description"])}<p>For programs: <a href="/api/openapi.json">JSON</a>, '
                f'<a href="/api/openapi.yaml">YAML</a> (OpenAPI {html.escape(self.document["openapi"])}).</p>'
                f"{''.join(groups)}<section><h2>Header fields</h2>"
                f"{self.table('Fields of answers', ('Name', 'Kind', 'Meaning'), fields)}</section>"
                f"<section><h2>Schemas</h2>{schemas}</section></main></body></html>\n")


def embed(files):
    """The C++ file: one constant a file, with the entity tag of its content."""
    entries = ""
    for name, media, content in files:
        assert ')sotto"' not in content
        etag = hashlib.sha256(content.encode()).hexdigest()[:32]
        entries += f'    {{"/api/{name}", "{media}", "\\"{etag}\\"",\n     R"sotto({content})sotto"}},\n'
    return ("// Made from spec/openapi.yaml by tools/gen/api_docs.py.\n"
            '#include "edge/api/internal/embedded_files.h"\n\n#include <array>\n\nnamespace sotto::api::internal {\n\n'
            "std::span<const EmbeddedFile> embedded_files() {\n"
            f"  static constexpr std::array<EmbeddedFile, {len(files)}> kFiles{{{{\n{entries}  }}}};\n"
            "  return kFiles;\n}\n\n}  // namespace sotto::api::internal\n")


def main():
    source, style, target = map(pathlib.Path, sys.argv[1:])
    description = source.read_text(encoding="utf-8")
    document = yaml.safe_load(description)
    files = [
        ("docs", "text/html; charset=utf-8", Page(document).render()),
        ("docs.css", "text/css; charset=utf-8", style.read_text(encoding="utf-8")),
        ("openapi.json", "application/json", json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"),
        ("openapi.yaml", "application/yaml", description),
    ]
    target.mkdir(parents=True, exist_ok=True)
    (target / "embedded_files.cc").write_text(embed(files), encoding="utf-8")


main()
