#!/bin/sh
':' //; exec node -- "$0" "$@"
// The same for systems whose `env` has no `-S`, such as Alpine's: link it as `nubes-nb` into a folder of the PATH.
// sh runs the second line and reads no further; for Node that line is a string and a comment.
require('./nubes-nb.js');
