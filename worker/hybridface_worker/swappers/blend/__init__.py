"""The built-in swapper, without a neural network: the source's features in the target's pose and light.

`pose` turns the face, `cover` has the masks, `skin` segments skin, `dress` transfers light and hue, `swapper` puts them
together. All are functions of one target crop and one source crop: there is no state between frames, and what could
flicker (statistics, masks) is soft and robust.
"""
