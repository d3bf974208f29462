"""Checks every example of an OpenAPI 3.1 document against its schema, and that there is one for every body of JSON.

Usage: check_examples.py DOCUMENT
"""

import sys

import yaml
from jsonschema import Draft202012Validator

METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}


class Loader(yaml.SafeLoader):
    """Leaves times as the strings that they are in JSON."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Check:
    def __init__(self, document):
        self.document = document
        self.faults = []
        self.count = 0

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def example(self, where, schema, example):
        self.count += 1
        # With the components beside it the schema's references are found.
        root = {**schema, "components": self.document["components"]}
        errors = Draft202012Validator(root).iter_errors(example)
        self.faults += [f"{where}: {'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in errors]

    def examples(self, where, holder):
        """Checks what a media type, parameter or header has as examples; returns whether there are any."""
        found = [holder["example"]] if "example" in holder else []
        found += [self.resolve(example)["value"] for example in holder.get("examples", {}).values()]
        for example in found:
            self.example(where, holder.get("schema", {}), example)
        return bool(found) or "examples" in self.resolve(holder.get("schema", {}))

    def schemas(self, where, node):
        """Checks the examples that schemas have themselves, at any depth."""
        if isinstance(node, list):
            for index, item in enumerate(node):
                self.schemas(f"{where}/{index}", item)
        elif isinstance(node, dict):
            if isinstance(node.get("examples"), list):
                schema = {name: value for name, value in node.items() if name != "examples"}
                for example in node["examples"]:
                    self.example(where, schema, example)
            for name, value in node.items():
                if name not in ("example", "examples"):
                    self.schemas(f"{where}/{name}", value)

    def body(self, where, holder):
        for media_type, content in holder.get("content", {}).items():
            has_some = self.examples(f"{where} {media_type}", content)
            if not has_some and media_type not in ("application/wasm", "application/octet-stream"):
                self.faults.append(f"{where} {media_type}: there is no example")
        for name, header in holder.get("headers", {}).items():
            self.examples(f"{where} {name}", self.resolve(header))

    def operation(self, where, path, operation):
        for parameter in path.get("parameters", []) + operation.get("parameters", []):
            parameter = self.resolve(parameter)
            self.examples(f"{where} {parameter['name']}", parameter)
        if "requestBody" in operation:
            self.body(f"{where} request", self.resolve(operation["requestBody"]))
        for status, response in operation["responses"].items():
            self.body(f"{where} {status}", self.resolve(response))

    def all(self):
        for name, path in self.document["paths"].items():
            for method in METHODS & path.keys():
                self.operation(f"{method.upper()} {name}", path, path[method])
        self.schemas("", self.document)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        check = Check(yaml.load(file, Loader))
    check.all()
    for fault in sorted(set(check.faults)):
        print(fault, file=sys.stderr)
    if check.faults:
        sys.exit(1)
    print(f"{check.count} examples are as their schemas say")


main()
