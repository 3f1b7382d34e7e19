#pragma once

#include "cli/options.h"

namespace reconciler::cli {

/// Sets up the log of the whole process, on standard error. Text is `time level message`; JSON is one object a line
/// with `time` (RFC 3339, milliseconds, UTC), `level` and `message`.
void set_up_logging(LogFormat format);

}  // namespace reconciler::cli
