// Routes as a tree of their paths, and its visible rows: a branch per segment with several routes below.

/** The tree of routes: nodes {name, path, routes, children, total, unused}. Chains of single branches are one node. */
export function makeTree(routes) {
  const root = makeNode("", "");
  for (const route of routes) {
    let node = root;
    for (const segment of route.path.split("/").slice(1)) {
      const name = `/${segment}`;
      let next = node.children.get(name);
      if (!next) node.children.set(name, (next = makeNode(name, node.path + name)));
      node = next;
    }
    node.routes.push(route);
  }
  for (const [name, child] of root.children) root.children.set(name, join(child));
  count(root);
  return root;
}

const makeNode = (name, path) => ({ name, path, routes: [], children: new Map(), total: 0, unused: 0 });

function join(node) {
  while (!node.routes.length && node.children.size === 1) {
    const [only] = node.children.values();
    only.name = node.name + only.name;
    node = only;
  }
  for (const [name, child] of node.children) node.children.set(name, join(child));
  return node;
}

function count(node) {
  node.total = node.routes.length;
  node.unused = node.routes.filter((route) => route.hits === 0).length;
  for (const child of node.children.values()) {
    count(child);
    node.total += child.total;
    node.unused += child.unused;
  }
}

/** The visible rows, with the branches in `open` (their paths) open: {level, node} or {level, route, name}. */
export function makeRows(root, open) {
  const rows = [];
  const walk = (node, level) => {
    const isLeaf = !node.children.size;
    if (isLeaf) {
      for (const route of node.routes) rows.push({ level, route, name: node.name });
      return;
    }
    const isOpen = open.has(node.path);
    rows.push({ level, node, isOpen });
    if (!isOpen) return;
    for (const route of node.routes) rows.push({ level: level + 1, route, name: "" });
    for (const child of node.children.values()) walk(child, level + 1);
  };
  for (const route of root.routes) rows.push({ level: 1, route, name: "/" });
  for (const child of root.children.values()) walk(child, 1);
  return rows;
}

/** The paths of all branches, or of those of the first `levels`. */
export function branches(root, levels = Infinity) {
  const paths = [];
  const walk = (node, level) => {
    if (level > levels || !node.children.size) return;
    paths.push(node.path);
    for (const child of node.children.values()) walk(child, level + 1);
  };
  for (const child of root.children.values()) walk(child, 1);
  return paths;
}
