#pragma once

#include "front/verb.h"

namespace CLI {
class App;
}

namespace reconciler::cli {

// Each adds one verb with its options, help and example to the program, and sets `chosen` when the command line names
// it. `chosen` must outlive the parsing. A file of the verb's name has the rest.
void add_serve(CLI::App& app, Chosen& chosen);
void add_diff(CLI::App& app, Chosen& chosen);
void add_sync(CLI::App& app, Chosen& chosen);
void add_suspend(CLI::App& app, Chosen& chosen);
void add_resume(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_validate(CLI::App& app, Chosen& chosen);
void add_version(CLI::App& app, Chosen& chosen);

}  // namespace reconciler::cli
