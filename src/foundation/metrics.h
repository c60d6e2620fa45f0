// Prometheus metrics of this process. Handles are cheap to copy, live as long as the process and may be used from any
// thread.
//
//   static const auto kPaid = metrics::counter("feiqian_payments_paid_total", "Payments that became paid", {{"channel",
//   "alipay"}}); kPaid.add();
#pragma once

#include <map>
#include <string>
#include <vector>

namespace feiqian::metrics {

using Labels = std::map<std::string, std::string>;

class Counter {
 public:
  explicit Counter(void* counter) : counter_(counter) {}
  void add(double amount = 1) const;

 private:
  void* counter_;
};

class Gauge {
 public:
  explicit Gauge(void* gauge) : gauge_(gauge) {}
  void set(double value) const;
  void add(double amount) const;

 private:
  void* gauge_;
};

class Histogram {
 public:
  explicit Histogram(void* histogram) : histogram_(histogram) {}
  void observe(double value) const;

 private:
  void* histogram_;
};

Counter counter(const std::string& name, const std::string& help, const Labels& labels = {});
Gauge gauge(const std::string& name, const std::string& help, const Labels& labels = {});
/// Upper bounds in the metric's unit (seconds for `_seconds`).
Histogram histogram(const std::string& name, const std::string& help, const std::vector<double>& bounds,
                    const Labels& labels = {});
/// 100 µs to 10 s.
const std::vector<double>& latency_bounds_s();

/// Text exposition format 0.0.4.
std::string exposition();

}  // namespace feiqian::metrics
