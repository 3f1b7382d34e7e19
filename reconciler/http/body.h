#pragma once

#include <string>

#include <cpprest/streams.h>

namespace reconciler::http {

/// The bytes of a message's body that is whole and in memory; "" of no stream. Never waits, unlike cpprestsdk's own
/// `extract_…`: these finish on its thread pool, and whoever waits for them on that pool may take its last thread.
std::string whole_body(const concurrency::streams::istream& stream);

}  // namespace reconciler::http
