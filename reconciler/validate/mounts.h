#pragma once

#include <string>

#include "validate/objects.h"
#include "validate/pods.h"

namespace reconciler::validate {

/// Rule `key` for the files of one container, whose place in the object is `field`: a `subPath` is in its volume, and a
/// word of the command, or a variable's value, that is a path below a volume of ConfigMaps and Secrets names a file of
/// it. Volumes of which not all files are known are let be.
void check_mounts(const Objects& objects, const Object& object, const PodTemplate& pods, const yaml::Node& container,
                  const std::string& field, Report& report);

}  // namespace reconciler::validate
