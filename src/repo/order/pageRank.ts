/**
 * How much of a repository's attention ends at each file: PageRank over the graph of files (Page and others, 1999), by
 * graphology.
 */
import { DirectedGraph } from 'graphology';
import pagerank from 'graphology-metrics/centrality/pagerank';

/**
 * @param edges from each file to those it depends on, with weights above 0
 * @returns one rank per file; together they are 1. Equal input gives equal output.
 */
export function pageRank(edges: readonly ReadonlyMap<number, number>[]): Float64Array {
  if (edges.length === 0) return new Float64Array();
  const graph = new DirectedGraph<object, { weight: number }>();
  for (const file of edges.keys()) graph.addNode(file);
  for (const [from, targets] of edges.entries()) for (const [to, weight] of targets) graph.addEdge(from, to, { weight });
  const ranks = pagerank(graph, { getEdgeWeight: 'weight' });
  return Float64Array.from(edges.keys(), (file) => ranks[file] ?? 0);
}
