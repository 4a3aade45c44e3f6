"""What the grammar cannot say of variables, blank nodes and aggregates (SPARQL 1.1 Query, sections 18.2.1 and 19.8).

The functions go from group to group by recursion, which `MAX_DEPTH` of the parser bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from registry.endpoint.sparql.tokens import Tokens
from registry.endpoint.sparql.tree import Node
from registry.errors import QueryError

Variables = dict[str, None]  # names, each once, in an order


def name(variable: Node) -> str:
    """Return the name of a variable, without its sign."""
    (token,) = variable.tokens()
    return token.text[1:]


def check(query: Node, tokens: Tokens) -> Variables:
    """Return the variables that the query gives, or its group binds; raise QueryError for what may not stand in it.

    They come in the order in which they appear.
    """
    checker = _Checker(tokens)
    for node in query.walk():
        if node.rule in ("ValuesOne", "ValuesFull"):
            checker.rows(node)
    (operation,) = query.nodes("Select", "Construct", "Describe", "Ask")
    return checker.operation(operation, *query.nodes("Values"))


def _variables(node: Node) -> Variables:
    return _named(inner for inner in node.walk() if inner.rule == "Var")


def _named(nodes: Iterable[Node]) -> Variables:
    return dict.fromkeys(map(name, nodes))


def _outside(node: Node, *rules: str) -> Iterator[Node]:
    """Yield the node and the nodes within it, but not what is within nodes of these rules."""
    left = [node]
    while left:
        inner = left.pop()
        yield inner
        if inner.rule not in rules:
            left.extend(reversed(list(inner.nodes())))


class _Checker:
    """Carries what holds for the whole query: where each blank node label was used."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._labels: dict[str, object] = {}

    def operation(self, node: Node, *values: Node) -> Variables:
        """Check a query or a subquery; return the variables that it gives. Joined to it are `values`."""
        visible: Variables = {}
        for group in node.nodes("Group"):
            visible |= self._group(group)
        for part in (*node.nodes("ConstructWhere", "Values"), *values):
            visible |= _variables(part)
        grouping, later = list(node.nodes("GroupBy")), list(node.nodes("Having", "OrderBy"))
        selected = list(node.nodes("SelectClause")) or list(node.nodes("Var"))  # or described
        for condition in grouping:
            self._expression(condition, aggregates=False)
        for expression in (*selected, *later):
            self._expression(expression, aggregates=True)
        is_grouped = any(
            inner.rule in ("GroupBy", "Having", "Aggregate")
            for part in (*selected, *grouping, *later)
            for inner in _outside(part, "Group")
        )
        keys = self._keys(grouping, visible) if is_grouped else None
        chosen = [
            part for clause in selected for part in (clause.nodes() if clause.rule == "SelectClause" else [clause])
        ]
        if not chosen and is_grouped:
            what = "what is grouped needs SELECT and the names of what is selected"
            raise self._tokens.error(_place((grouping or later or selected)[0]), what)
        is_selection = node.rule in ("Select", "SubSelect")
        return self._selected(chosen, visible, keys, is_selection=is_selection) if chosen else visible

    def _keys(self, grouping: list[Node], visible: Variables) -> Variables:
        """Return the variables by which solutions are grouped."""
        keys: Variables = {}
        for condition in (inner for clause in grouping for inner in clause.nodes()):
            (key, *_) = condition.parts
            if isinstance(key, Node) and key.rule == "Var":
                keys[name(key)] = None
            elif isinstance(key, Node) and key.rule == "GroupAs" and any(token.kind == "AS" for token in key.tokens()):
                *_, variable = key.nodes()
                if name(variable) in visible | keys:
                    raise self._bound_already(variable)
                keys[name(variable)] = None
        return keys

    def _selected(
        self, chosen: list[Node], visible: Variables, keys: Variables | None, *, is_selection: bool
    ) -> Variables:
        """Return the variables that are selected; `keys` are those by which it groups, None where it does not."""
        given: Variables = {}
        for part in chosen:
            *expression, variable = list(part.nodes()) if part.rule == "As" else [part]
            if part.rule == "As" and name(variable) in visible | given | (keys or {}):
                raise self._bound_already(variable)
            if is_selection and name(variable) in given:
                raise self._tokens.error(_place(variable), f"?{name(variable)} is selected already")
            if keys is not None:
                self._grouped(expression or [variable], keys)
            given[name(variable)] = None
        return given

    def _grouped(self, expression: list[Node], keys: Variables) -> None:
        for inner in (inner for part in expression for inner in _outside(part, "Aggregate", "Group")):
            if inner.rule == "Var" and name(inner) not in keys:
                what = f"?{name(inner)} is neither in GROUP BY nor within COUNT, SUM, MIN, MAX, AVG or SAMPLE"
                raise self._tokens.error(_place(inner), what)

    def _group(self, group: Node) -> Variables:
        """Check a group; return the variables that it may bind."""
        visible: Variables = {}
        block = object()  # of triples: FILTER alone does not end it
        for part in group.nodes():
            if part.rule not in ("Triples", "Filter"):
                block = object()
            if part.rule == "Triples":
                self._note_labels(part, block)
                visible |= _variables(part)
            elif part.rule == "SubSelect":
                visible |= self.operation(part)
            elif part.rule == "Bind":
                self._expression(part, aggregates=False)
                *_, variable = part.nodes()
                if name(variable) in visible:
                    raise self._bound_already(variable)
                visible[name(variable)] = None
            elif part.rule == "Filter":
                self._expression(part, aggregates=False)
            elif part.rule == "Values":
                visible |= _variables(part)
            else:
                found = _named(part.nodes("Var"))  # of GRAPH
                for inner in part.nodes("Group"):
                    found |= self._group(inner)
                visible |= found if part.rule != "Minus" else {}
        return visible

    def _note_labels(self, triples: Node, block: object) -> None:
        for node in triples.walk():
            if node.rule == "BlankNode":
                (token,) = node.tokens()
                if token.kind != "ANON" and self._labels.setdefault(token.text, block) is not block:
                    what = f"`{token.text}` stands in another group already: name it otherwise here"
                    raise self._tokens.error(token.start, what)

    def _expression(self, node: Node, *, aggregates: bool) -> None:
        """Check an expression, with the groups of EXISTS in it."""
        for inner in _outside(node, "Group", "Aggregate"):
            if inner.rule == "Group":
                self._group(inner)
            elif inner.rule == "Aggregate":
                first = next(inner.tokens())
                if not aggregates:
                    what = f"{first.kind} may stand in SELECT, HAVING and ORDER BY alone"
                    raise self._tokens.error(first.start, what)
                for part in inner.nodes():
                    self._expression(part, aggregates=False)

    def rows(self, node: Node) -> None:
        """Raise QueryError for a row of VALUES that has more or fewer values than there are variables."""
        if node.rule == "ValuesOne":
            return
        names = [name(variable) for variable in node.nodes("Var")]
        if len(set(names)) < len(names):
            raise self._tokens.error(_place(node), "a variable stands twice before the values")
        *tokens, _ = node.tokens()
        opening = next(index for index, token in enumerate(tokens) if token.kind == "{")
        empty = sum(token.kind == "NIL" for token in tokens[opening:])
        lengths = [len(list(_values(row))) for row in node.nodes("Row")] + [0] * empty
        if any(length != len(names) for length in lengths):
            raise self._tokens.error(_place(node), f"VALUES names {len(names)} variables, but a row has not as many")

    def _bound_already(self, variable: Node) -> QueryError:
        what = f"?{name(variable)} has a value already: choose another name after AS"
        return self._tokens.error(_place(variable), what)


def _values(row: Node) -> Iterator[object]:
    return (part for part in row.parts if isinstance(part, Node) or part.kind not in ("(", ")"))


def _place(node: Node) -> int:
    """Return where a node begins in the query."""
    while isinstance(first := node.parts[0], Node):
        node = first
    return first.start
