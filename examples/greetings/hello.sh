#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Greets the person whose name is given.

name=$1
if [ -z $name ]; then
	name=world
fi
echo Hello, $name!
