import areas from '../../../internal/domain/identity/data/area.txt?raw'
import categories from '../../../internal/domain/identity/data/category.txt?raw'
import { readAreas, readCategories } from './area'

// The lists are those that the program itself is built with. They are loaded with the first page that needs them.
export const areaList = readAreas(areas)
export const categoryList = readCategories(categories)
