#include "yaml/timestamp.h"

#include <chrono>
#include <cstdio>

namespace reconciler::yaml {
namespace {

struct Fields {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::string fraction;  // Without trailing zeros.
  std::string offset = "Z";
};

class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  bool take(char wanted) {
    if (left_.empty() || left_[0] != wanted) return false;
    left_.remove_prefix(1);
    return true;
  }
  // Go reads one or two digits where its layout has one.
  bool number(int least, int most, int& value) {
    if (!digit(0)) return false;
    value = next();
    if (digit(0)) value = value * 10 + next();
    return value >= least && value <= most;
  }
  bool two_digits(int most, int& value) { return digit(0) && digit(1) && number(0, most, value); }
  bool year(int& value) {
    value = 0;
    for (int i = 0; i < 4; ++i) {
      if (!digit(0)) return false;
      value = value * 10 + next();
    }
    return true;
  }
  std::string fraction() {
    std::string digits;
    if (left_.size() < 2 || (left_[0] != '.' && left_[0] != ',') || !digit(1)) return digits;
    left_.remove_prefix(1);
    while (digit(0)) {
      const char c = static_cast<char>('0' + next());
      if (digits.size() < 9) digits += c;
    }
    while (!digits.empty() && digits.back() == '0') digits.pop_back();
    return digits;
  }

 private:
  bool digit(std::size_t at) const { return at < left_.size() && left_[at] >= '0' && left_[at] <= '9'; }
  int next() {
    const int value = left_[0] - '0';
    left_.remove_prefix(1);
    return value;
  }
  std::string_view left_;
};

bool read_date(Reader& reader, Fields& fields) {
  if (!reader.year(fields.year) || !reader.take('-')) return false;
  if (!reader.number(1, 12, fields.month) || !reader.take('-')) return false;
  if (!reader.number(1, 31, fields.day)) return false;
  using namespace std::chrono;
  return (year(fields.year) / fields.month / fields.day).ok();
}

bool read_clock(Reader& reader, Fields& fields) {
  if (!reader.number(0, 23, fields.hour) || !reader.take(':')) return false;
  if (!reader.number(0, 59, fields.minute) || !reader.take(':')) return false;
  if (!reader.number(0, 59, fields.second)) return false;
  fields.fraction = reader.fraction();
  return true;
}

bool read_offset(Reader& reader, Fields& fields) {
  if (reader.take('Z')) return true;
  const bool behind = reader.take('-');
  if (!behind && !reader.take('+')) return false;
  int hours = 0;
  int minutes = 0;
  if (!reader.two_digits(24, hours) || !reader.take(':') || !reader.two_digits(60, minutes)) return false;
  if (hours == 0 && minutes == 0) return true;
  char text[16];
  std::snprintf(text, sizeof text, "%c%02d:%02d", behind ? '-' : '+', hours + minutes / 60, minutes % 60);
  fields.offset = text;
  return true;
}

std::string format(const Fields& fields) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d", fields.year % 10000, fields.month % 100,
                fields.day % 100, fields.hour % 100, fields.minute % 100, fields.second % 100);
  return text + (fields.fraction.empty() ? std::string() : "." + fields.fraction) + fields.offset;
}

}  // namespace

std::optional<std::string> rfc3339_of(std::string_view text) {
  Reader reader(text);
  Fields fields;
  if (!read_date(reader, fields)) return std::nullopt;
  if (reader.done()) return format(fields);
  const bool with_offset = reader.take('T') || reader.take('t');
  if (!with_offset && !reader.take(' ')) return std::nullopt;
  if (!read_clock(reader, fields)) return std::nullopt;
  if (with_offset && !read_offset(reader, fields)) return std::nullopt;
  if (!reader.done()) return std::nullopt;
  return format(fields);
}

}  // namespace reconciler::yaml
