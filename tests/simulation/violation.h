// What must never be: thrown by a check, ends the run.
#pragma once

#include <stdexcept>
#include <string>

namespace feiqian::simulation {

class Violation : public std::runtime_error {
 public:
  explicit Violation(const std::string& what, std::string subject = {})
      : std::runtime_error(what), subject_(std::move(subject)) {}
  /// Text that lines of the history about it contain; empty when it is about everything.
  const std::string& subject() const { return subject_; }

 private:
  std::string subject_;
};

}  // namespace feiqian::simulation
