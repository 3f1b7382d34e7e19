#pragma once

#include "validate/objects.h"

namespace reconciler::validate {

/// Rule `collision`: no two objects claim one and the same thing. Two Services with one selector, port and target, or
/// one node port or address; two PodDisruptionBudgets for one pod, which makes its eviction fail; two autoscalers of
/// one workload; two Ingresses of one class with one host and path; two Deployments that select each other's pods.
void check_collisions(const Objects& objects, Report& report);

}  // namespace reconciler::validate
