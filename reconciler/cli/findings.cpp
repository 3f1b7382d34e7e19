#include "cli/findings.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string_view>

#include <nlohmann/json.hpp>

#include "object/manifest.h"

namespace reconciler::cli {
namespace {

using validate::Finding;
using validate::Severity;

/// Takes `:NUMBER` from the end of `text`; nothing when it does not end so.
std::optional<std::size_t> take_number(std::string_view& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::size_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  text = text.substr(0, colon);
  return number;
}

/// Takes `:LINE` or `:LINE:COLUMN` from the end of `place` and gives the line.
std::optional<std::size_t> take_line(std::string_view& place) {
  const auto last = take_number(place);
  const auto before = take_number(place);
  return before ? before : last;
}

/// Where an error is. A renderer's place has the folders on the way before it: `overlay → ../base → file:line:column`,
/// and the file lies in the last of them.
void set_place(Finding& finding, std::string where) {
  static const std::string kBelow = " → ";
  std::filesystem::path folder;
  if (const auto arrow = where.rfind(kBelow); arrow != std::string::npos) {
    const auto before = where.rfind(kBelow, arrow - 1);
    const auto from = before == std::string::npos || arrow == 0 ? 0 : before + kBelow.size();
    folder = where.substr(from, arrow - from);
    where.erase(0, arrow + kBelow.size());
  }
  std::string_view file = where;
  if (const auto line = take_line(file)) {
    finding.file = (folder / file).lexically_normal().string();
    finding.line = *line;
  } else if (!where.empty() && where != finding.file) {
    finding.message = where + ": " + finding.message;
    if (!folder.empty()) finding.file = folder.string();
  }
}

std::string object_of(const Finding& finding) {
  return finding.object.type.kind.empty() ? std::string() : finding.object.text();
}

std::size_t count(const Examined& examined, Severity severity) {
  return static_cast<std::size_t>(std::ranges::count_if(
      examined.findings, [&](const Finding& finding) { return finding.rule->severity == severity; }));
}

std::string counted(std::size_t number, const std::string& what) {
  return std::to_string(number) + ' ' + what + (number == 1 ? "" : "s");
}

void print_line(const Finding& finding, Console& console) {
  const bool is_error = finding.rule->severity == Severity::kError;
  console.out << (finding.file.empty() ? "(generated)" : finding.file);
  if (finding.line > 0) console.out << ':' << finding.line;
  console.out << ": " << painted(to_string(finding.rule->severity), is_error ? Colour::kRed : Colour::kYellow, console)
              << ": ";
  for (const auto& part : {object_of(finding), finding.field}) {
    if (!part.empty()) console.out << part << ": ";
  }
  console.out << finding.message << " [" << finding.rule->id << "]\n";
}

void print_summary(const Examined& examined, Console& console) {
  console.out << examined.name << ": ";
  if (examined.elsewhere) {
    console.out << "not looked at, its overlay is in another repository\n";
  } else if (examined.findings.empty()) {
    console.out << painted("valid", Colour::kGreen, console) << ", " << examined.objects << " objects\n";
  } else {
    console.out << counted(count(examined, Severity::kError), "error") << ", "
                << counted(count(examined, Severity::kWarning), "warning") << " in "
                << counted(examined.objects, "object") << '\n';
  }
}

Json to_json(const Finding& finding) {
  return {{"rule", finding.rule->id},     {"level", to_string(finding.rule->severity)},
          {"file", finding.file},         {"line", finding.line},
          {"object", object_of(finding)}, {"field", finding.field},
          {"message", finding.message}};
}

Json to_json(const Examined& examined) {
  Json findings = Json::array();
  for (const auto& finding : examined.findings) findings.push_back(to_json(finding));
  return {{"name", examined.name},
          {"path", examined.path},
          {"objects", examined.objects},
          {"findings", std::move(findings)}};
}

}  // namespace

std::vector<Finding> findings_of(const Error& error, const validate::Rule& rule, const std::string& file) {
  if (error.causes.empty()) return {{&rule, {}, file, 0, "", error.message}};
  std::vector<Finding> findings;
  for (const auto& cause : error.causes) {
    findings.push_back({&rule, {}, file, 0, cause.field, cause.message});
    set_place(findings.back(), cause.where);
  }
  return findings;
}

void print_text(const std::vector<Examined>& all, Console& console) {
  for (const auto& examined : all) {
    for (const auto& finding : examined.findings) print_line(finding, console);
    print_summary(examined, console);
  }
}

void print_json(const std::vector<Examined>& all, Console& console) {
  Json environments = Json::array();
  for (const auto& examined : all) environments.push_back(to_json(examined));
  const bool valid = std::ranges::all_of(all, [](const Examined& examined) { return examined.findings.empty(); });
  console.out << Json{{"valid", valid}, {"environments", std::move(environments)}}.dump(2, ' ', false,
                                                                                        Json::error_handler_t::replace)
              << '\n';
}

}  // namespace reconciler::cli
