// Exact clustering of numbers: K-means in one dimension has a best answer, so equal input always gives equal output.
#pragma once

#include <cstdint>
#include <vector>

namespace bonsai {

// The class of every value, 0 the lowest, of the partition into k classes with the least sum of squared distances to the
// class means. Equal values share a class; fewer than k distinct values make as many classes as there are. Of equally good
// partitions the one whose highest classes are smallest. values: finite. O(k n^2).
std::vector<uint32_t> cluster(const std::vector<double> & values, uint32_t k);

} // namespace bonsai
